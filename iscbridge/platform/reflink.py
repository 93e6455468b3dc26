"""Copies that share their blocks with the original until one of them is written (btrfs, XFS, bcachefs)."""

from __future__ import annotations

import sys

if sys.platform == "linux":
    import fcntl
    import os

    #: Small files may be stored in the inode, where nothing can be shared.
    _WORTH_IT = 64 * 1024
    _FICLONE = 0x40049409  # _IOW(0x94, 9, int), ioctl_ficlone(2)

    class Reflinker:
        """Tries reflinks, and stops trying between volumes where one was refused. For any number of threads."""

        def __init__(self) -> None:
            self.worked = False
            self._refused: set[tuple[int, int]] = set()

        def clone(self, source_fd: int, target_fd: int) -> bool:
            """Make the empty file `target_fd` a copy of `source_fd`, at one instant; False if that can't be done."""
            source, target = os.fstat(source_fd), os.fstat(target_fd)
            volumes = (source.st_dev, target.st_dev)
            if volumes in self._refused or source.st_size < _WORTH_IT:
                return False
            try:
                fcntl.ioctl(target_fd, _FICLONE, source_fd)
            except OSError:
                self._refused.add(volumes)
                return False
            self.worked = True
            return True

else:

    class Reflinker:
        """This system has no call for it that is worth having (ReFS block cloning needs a Dev Drive)."""

        worked = False

        def clone(self, source_fd: int, target_fd: int) -> bool:
            """False: copy the bytes."""
            del source_fd, target_fd
            return False

"""The merchant account's access key: who signs. It never shows in a repr, a log or an error."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """Access key id (AK) and secret access key (SK), as the seller centre hands them out (reference, section 4.1)."""

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)

    @property
    def key_id(self) -> str:
        """Names the AK without telling it: the store locks an AK, so failures are counted per AK."""
        import hashlib

        return hashlib.sha256(f"iscbridge store key\0{self.access_key}".encode()).hexdigest()[:16]

"""The requests `workfile.*` of the local protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from iscbridge.core.errors import BridgeError
from iscbridge.core.jobs import ErrorInfo
from iscbridge.core.workfile_model import FileState
from iscbridge.ipc import messages as m
from iscbridge.ipc.workfile_wire import WorkfileListResult, WorkfileObject
from iscbridge.journal.workfiles import Workfile
from iscbridge.platform.identity import identity_key
from iscbridge.platform.volumes import volume_key

if TYPE_CHECKING:
    from iscbridge.ipc.server import Request
    from iscbridge.service.bridge import Bridge

#: A client that names a file by another spelling than the list's gets an answer within this time.
_DEADLINE_S = 5.0
_STEP = 200
#: In these states are few files: they are looked up one by one.
_FEW = frozenset({FileState.CHANGED, FileState.CHANGING, FileState.MISSING, FileState.UNREADABLE})


class WorkfileMethods:
    """Serves them: each is answered once, now or later."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._work = bridge.workfiles
        self._table = bridge.workfiles.table

    @property
    def table(self) -> dict[str, Callable[[Request], None]]:
        """By method."""
        return {
            "workfile.list": lambda request: self._work.bites.add(self._list(request)),
            "workfile.save": partial(self._on_file, self._save),
            "workfile.policy": partial(self._on_file, self._policy),
            "workfile.forget": partial(self._on_file, self._forget),
        }

    # one file
    def _on_file(self, act: Callable[[Request, Workfile], None], request: Request) -> None:
        """Act on the file that the request names; asks the disk who it is if no file is spelled so."""
        path = request.params.path
        file = self._table.get(path)
        if file is not None:
            act(request, file)
            return
        self._bridge.deadlines.set(request.token, _DEADLINE_S, ErrorInfo("ISCB-FILE-SHARE-SLOW", {"path": path}))

        def then(identity: object) -> None:
            if self._bridge.deadlines.met(request.token):
                self._answered(request, partial(self._act_on_identity, act, request, identity))

        self._bridge.work(f"status {volume_key(path)}", lambda _stop: identity_key(path), then)

    def _act_on_identity(self, act: Callable[[Request, Workfile], None], request: Request, identity: object) -> None:
        spelling = self._table.spelling(str(identity))
        file = None if spelling is None else self._table.get(spelling)
        if file is None:
            error = ErrorInfo("ISCB-REQ-NOT-WATCHED", {"path": request.params.path})
            self._bridge.server.answer_error(request.token, error)
        else:
            act(request, file)

    def _answered(self, request: Request, run: Callable[[], None]) -> None:
        try:
            run()
        except BridgeError as error:
            self._bridge.server.answer_error(request.token, error.info)

    def _save(self, request: Request, file: Workfile) -> None:
        self._work.saves.request(file, request.token, request.client.instance)

    def _policy(self, request: Request, file: Workfile) -> None:
        params: m.WorkfilePolicyParams = request.params
        self._work.set_policy(file.path, params.policy)
        self._bridge.server.answer_ok(request.token)

    def _forget(self, request: Request, file: Workfile) -> None:
        self._work.forget(file.path)
        self._bridge.server.answer_ok(request.token)

    # the list
    def _list(self, request: Request) -> Iterator[None]:
        params: m.WorkfileListParams = request.params
        page: list[WorkfileObject] = []
        try:
            for file in self._candidates(params):
                if file is None:
                    yield
                elif self._fits(params, file):
                    page.append(self._work.described(file))
                    if len(page) > params.limit:
                        break
            result = WorkfileListResult(
                files=page[: params.limit],
                counts=self._work.counts(),
                watching=self._work.watching,
                next=page[params.limit - 1].path if len(page) > params.limit else None,
            )
        except BridgeError as error:
            self._bridge.server.answer_error(request.token, error.info)
        else:
            self._bridge.server.answer(request.token, result)

    def _candidates(self, params: m.WorkfileListParams) -> Iterator[Workfile | None]:
        """Files by path; None wherever a pause may be made."""
        after = params.after or ""
        if params.states is not None and _FEW.issuperset(params.states):
            for number, path in enumerate(self._work.not_saved(frozenset(params.states), after)):
                yield self._table.get(path)
                if number % _STEP == _STEP - 1:
                    yield None
            return
        while files := self._table.page(after, _STEP):
            yield from files
            yield None
            after = files[-1].path

    def _fits(self, params: m.WorkfileListParams, file: Workfile) -> bool:
        if params.states is not None and self._work.state(file.path) not in params.states:
            return False
        return params.text is None or params.text.casefold() in file.path.casefold()

"""The add-in's texts, in FreeCAD's language."""

from __future__ import annotations

import FreeCAD as App

from iscbridge_freecad.qt import QtCore

TEXTS = {
    "menu": ("&Cloud", "云(&C)"),
    "toolbar": ("Cloud", "云"),
    "save": ("Save to cloud", "保存到云端"),
    "save.tip": ("Save this document, and all it uses, to the cloud", "把此文档及其引用的全部文件保存到云端"),
    "saveAs": ("Save as…", "另存到云端…"),
    "saveAs.tip": ("Save this document under another name in the cloud", "以另一个名称保存到云端"),
    "open": ("Open from cloud…", "从云端打开…"),
    "open.tip": ("Choose a document in the cloud and open it", "在云端选择文档并打开"),
    "licence": ("Licence", "许可证"),
    "licence.tip": ("Show the licence for work with the cloud", "显示云端工作所需的许可证"),
    "status": ("Status", "状态"),
    "status.tip": ("Show how this document and the cloud stand", "显示此文档与云端的状态"),
    "close": ("Close", "关闭"),
    "no_document": ("No document is open.", "没有打开的文档。"),
    # What becomes of a save
    "save.sent": ("“{name}” is saved here and on its way to the cloud.", "“{name}”已保存在本机，正在上传到云端。"),
    "save.kept": (
        "“{name}” is saved here. It goes to the cloud as soon as ISCBridge answers; if FreeCAD is closed before, at its next start.",
        "“{name}”已保存在本机。ISCBridge 响应后将上传到云端；如果在此之前关闭 FreeCAD，则在下次启动时上传。",
    ),
    "save.kept_here": (
        "“{name}” is saved here. It goes to the cloud as soon as ISCBridge answers. Keep FreeCAD open until then: that it is still to be sent could not be written to the disk.",
        "“{name}”已保存在本机。ISCBridge 响应后将上传到云端。在此之前请不要关闭 FreeCAD：待上传的记录无法写入磁盘。",
    ),
    "save.kept_open": (
        "“{name}” is saved here. ISCDesk asks for the new name as soon as ISCBridge answers; keep FreeCAD open until then.",
        "“{name}”已保存在本机。ISCBridge 响应后 ISCDesk 会询问新名称；在此之前请不要关闭 FreeCAD。",
    ),
    "save.taken_up": (
        "Not yet in the cloud when FreeCAD was closed: {names}. ISCBridge is asked for it now.",
        "上次关闭 FreeCAD 时尚未上传到云端：{names}。现在交给 ISCBridge。",
    ),
    "sandbox": ("(Sandbox: nothing of this is in the real cloud.)", "（沙箱：不在真实云端。）"),
    "save.done": ("“{name}” is in the cloud.", "“{name}”已在云端。"),
    "save.cancelled": (
        "“{name}” was not saved to the cloud: it was taken back. It is saved here.",
        "“{name}”没有保存到云端：任务已取消。文件已保存在本机。",
    ),
    "save.unknown": (
        "It is not known whether “{name}” arrived in the cloud. It is saved here. {message} {remedy}",
        "无法确定“{name}”是否已到达云端。文件已保存在本机。{message}{remedy}",
    ),
    "save.failed": (
        "“{name}” is saved here, and not in the cloud: {title}. {message} {remedy}",
        "“{name}”已保存在本机，但没有保存到云端：{title}。{message}{remedy}",
    ),
    "save.not_asked": (
        "“{name}” is saved here; the cloud was not asked: {title}. {message} {remedy}",
        "“{name}”已保存在本机，但没有交给云端：{title}。{message}{remedy}",
    ),
    # Why a document can't be saved
    "save.not_named": (
        "“{name}” was not saved: no file was chosen for it. Nothing was sent to the cloud. Your work is still open here.",
        "没有保存“{name}”：没有为它选择文件。没有向云端发送任何内容。您的工作仍在此处打开。",
    ),
    "save.partial": (
        "“{name}” was changed, and FreeCAD has loaded only a part of it: saving it so would lose the rest. Nothing was sent. Close this assembly, open {path} by itself, change it there and save it; then save the assembly.",
        "“{name}”已更改，但 FreeCAD 只加载了它的一部分：这样保存会丢失其余内容。没有发送任何内容。请关闭此装配，单独打开 {path}，在其中更改并保存，然后再保存装配。",
    ),
    "save.folder": (
        "“{name}” can't be saved: the folder {path} is not there or can't be written to. Your work is still open here; save it in another folder (File, Save As).",
        "无法保存“{name}”：文件夹 {path} 不存在或不可写。您的工作仍在此处打开；请另存到其他文件夹（文件、另存为）。",
    ),
    "save.protected": (
        "“{name}” can't be saved: {path} is write-protected. Your work is still open here; save it under another name (File, Save As).",
        "无法保存“{name}”：{path} 是只读的。您的工作仍在此处打开；请以其他名称保存（文件、另存为）。",
    ),
    "save.silent": (
        "FreeCAD did not save “{name}”, and did not say why. Nothing was sent to the cloud. Your work is still open here; save it with File, Save As.",
        "FreeCAD 没有保存“{name}”，也没有说明原因。没有向云端发送任何内容。您的工作仍在此处打开；请用“文件、另存为”保存。",
    ),
    "save.stale": (
        "“{name}” is saved here, and was not sent to the cloud: its file still looks for {files} at the old place, because it was saved in another folder. Choose the linked objects again, or save it in its old folder.",
        "“{name}”已保存在本机，但没有发送到云端：由于另存到了其他文件夹，文件仍在旧位置查找 {files}。请重新选择链接的对象，或保存回原文件夹。",
    ),
    "save.missing": (
        "“{name}” is saved here, and was not sent to the cloud: files it uses are missing: {files}. Put them back, then save again.",
        "“{name}”已保存在本机，但没有发送到云端：缺少它引用的文件：{files}。请放回这些文件，然后再保存。",
    ),
    # Opening
    "open.asked": ("Choose the document in ISCDesk.", "请在 ISCDesk 中选择文档。"),
    "open.kept": ("The cloud's list opens as soon as ISCBridge answers.", "ISCBridge 响应后将打开云端列表。"),
    "open.waits": (
        "“{name}” came from the cloud. It opens as soon as the task in FreeCAD is finished.",
        "已从云端取得“{name}”。在 FreeCAD 中完成当前任务后将打开它。",
    ),
    "open.done": ("“{name}” was opened from the cloud.", "已从云端打开“{name}”。"),
    "open.read_only": (
        "“{name}” was opened from the cloud for reading only: it can't be saved there.",
        "已从云端以只读方式打开“{name}”：不能保存到云端。",
    ),
    "open.broken": (
        "“{name}” was opened from the cloud. Links are broken, because these files are missing: {files}.",
        "已从云端打开“{name}”。由于缺少以下文件，链接已断开：{files}。",
    ),
    "open.ask": (
        "“{name}” came from the cloud anew. Open documents have changes that are not saved: {files}.",
        "已从云端重新取得“{name}”。打开的文档中有未保存的更改：{files}。",
    ),
    "open.reload": ("Reload; the changes are lost", "重新加载；更改将丢失"),
    "open.keep": ("Keep mine open", "保留我的文档"),
    "open.kept_mine": (
        "“{name}” was not reloaded. What came from the cloud is in {path}.",
        "没有重新加载“{name}”。云端文件位于 {path}。",
    ),
    "open.failed": (
        "Nothing was opened from the cloud: {title}. {message} {remedy}",
        "没有从云端打开任何内容：{title}。{message}{remedy}",
    ),
    "open.cancelled": ("Nothing was opened from the cloud.", "没有从云端打开任何内容。"),
    "open.no_document": (
        "What came from the cloud is in {path}; FreeCAD finds no document of its own in it. Open it there with the program that it was made with.",
        "云端文件位于 {path}；FreeCAD 在其中没有找到自己的文档。请用制作它的程序在该处打开。",
    ),
    "open.unreadable": (
        "FreeCAD can't open {path}, which came from the cloud. The file stays there, and what the cloud has is not touched. FreeCAD's report says what is wrong with it (View, Panels, Report view).",
        "FreeCAD 无法打开从云端取得的 {path}。文件保留在该处，云端的内容不受影响。FreeCAD 的报告视图（视图、面板、报告视图）说明了原因。",
    ),
    # ISCBridge
    "bridge.connecting": ("ISCBridge has not answered yet.", "ISCBridge 尚未响应。"),
    "bridge.connected": ("Connected to ISCBridge.", "已连接 ISCBridge。"),
    "bridge.starting": ("ISCBridge is starting.", "ISCBridge 正在启动。"),
    "bridge.absent": (
        "ISCBridge is not running. Start it; FreeCAD then connects by itself.",
        "ISCBridge 没有运行。请启动它；FreeCAD 会自动连接。",
    ),
    "bridge.lost": (
        "ISCBridge stopped. FreeCAD connects again by itself; your documents are not touched.",
        "ISCBridge 已停止。FreeCAD 会自动重新连接；您的文档不受影响。",
    ),
    "bridge.closed": (
        "ISCBridge was closed. The next cloud command connects again; your documents are not touched.",
        "ISCBridge 已关闭。下一次云端命令会重新连接；您的文档不受影响。",
    ),
    "bridge.upgrade": (
        "ISCBridge closed for an upgrade of ISCDesk. FreeCAD connects again by itself; you can go on working.",
        "ISCBridge 因 ISCDesk 升级而关闭。FreeCAD 会自动重新连接；您可以继续工作。",
    ),
    "bridge.foreign": (
        "Another user's program answers in place of ISCBridge. Nothing was sent to it.",
        "响应的是另一个用户的程序，而不是 ISCBridge。没有向它发送任何内容。",
    ),
    "bridge.version": (
        "This add-in and ISCBridge are of different versions and do not understand each other. Your documents are not touched, and nothing was sent. Update the add-in (ISCBridge's settings, CAD applications, or “iscbridge hosts install freecad”), then start FreeCAD again.",
        "此插件与 ISCBridge 的版本不同，无法相互通信。您的文档不受影响，没有发送任何内容。请更新插件（ISCBridge 设置中的“CAD 应用程序”，或运行“iscbridge hosts install freecad”），然后重新启动 FreeCAD。",
    ),
    "bridge.other": (
        "ISCBridge does not answer as it should. FreeCAD tries again by itself; your documents are not touched. If it stays so, close ISCBridge and start it again. {message}",
        "ISCBridge 的响应不正确。FreeCAD 会自动重试；您的文档不受影响。如果一直如此，请关闭 ISCBridge 后重新启动。{message}",
    ),
    # Licence
    "licence.free": ("No licence is needed for work with the cloud.", "云端工作不需要许可证。"),
    "licence.good": ("The licence allows work with the cloud.", "许可证允许云端工作。"),
    "licence.refused": ("The licence does not allow this. {message} {remedy}", "许可证不允许此操作。{message}{remedy}"),
    "licence.unread": ("The licence is not known yet.", "尚未得知许可证状态。"),
    # Status of the open document
    "state.none": ("Cloud: -", "云：-"),
    "state.new": ("Cloud: not saved on this computer yet", "云：尚未保存到本机"),
    "state.absent": ("Cloud: not in the cloud", "云：不在云端"),
    "state.saving": ("Cloud: on its way", "云：正在上传"),
    "state.saved": ("Cloud: saved", "云：已保存"),
    "state.changed": ("Cloud: changed since", "云：之后有更改"),
    "state.read_only": ("Cloud: opened read-only", "云：以只读方式打开"),
    "state.unsure": ("Cloud: look whether it arrived", "云：请确认是否已到达"),
    "state.failed": ("Cloud: the last save failed", "云：上次保存失败"),
    "state.unknown": ("Cloud: not known", "云：未知"),
}


def is_chinese():
    """Whether FreeCAD speaks Chinese."""
    chosen = App.ParamGet("User parameter:BaseApp/Preferences/General").GetString("Language")
    return "Chinese" in chosen if chosen else QtCore.QLocale.system().name().startswith("zh")


def language():
    """Of texts that ISCBridge sends."""
    return "zh" if is_chinese() else "en"


def text(text_id, **params):
    """A text in FreeCAD's language."""
    return TEXTS[text_id][1 if is_chinese() else 0].format(**params).strip()

"""Everything the bridge says to people, in simplified Chinese. `en.py` holds the same ids; a test compares the two.

Written as a Chinese reader would put it, not word by word from the English.
"""

from __future__ import annotations

from iscbridge.texts import (
    zh_activity,
    zh_bundle,
    zh_hosts,
    zh_jobs,
    zh_license,
    zh_notices,
    zh_relay,
    zh_settings,
    zh_tray,
    zh_workfiles,
)

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    # what was asked
    "ISCB-REQ-PARAMS": (
        "请求有误",
        "请求缺少参数或参数类型不对：{detail}。未做任何改动。",
        "这是发出请求的程序的问题，请把此代码告知其开发商。",
    ),
    "ISCB-REQ-PATH-EMPTY": (
        "未指定文件",
        "请求中没有文件或文件夹路径。未做任何改动。",
        "请先把文档保存到本机，再保存到云端。",
    ),
    "ISCB-REQ-PATH-RELATIVE": (
        "路径不完整",
        "“{path}”没有写明所在的盘符和文件夹。",
        "请使用从盘符或根目录开始的完整路径。",
    ),
    "ISCB-REQ-PATH-ENCODING": (
        "路径中有无法识别的字符",
        "路径不是有效的文本：{path}。未做任何改动。",
        "请用常规字符重新命名文件或文件夹，然后再保存。",
    ),
    "ISCB-REQ-PATH-TOO-LONG": (
        "路径过长",
        "“{path}”超出了系统允许的长度。",
        "请把文件移到路径较短的文件夹，然后再保存。",
    ),
    "ISCB-REQ-PATH-DEVICE": (
        "这不是文件",
        "“{path}”是计算机的设备名，不是文件。",
        "请选择普通的文件或文件夹。",
    ),
    "ISCB-REQ-ID-REUSED": (
        "请求编号重复",
        "编号“{requestId}”在最近七天内已用于另一个不同的请求。未做任何改动。",
        "这是发出请求的程序的问题：每个新请求都必须使用新的编号。",
    ),
    "ISCB-REQ-NO-SUCH-JOB": (
        "没有这个任务",
        "找不到任务“{job}”，它可能时间太久，已不在历史记录中。",
        "请从任务列表中选择。",
    ),
    "ISCB-REQ-WRONG-STATE": (
        "任务当前不能这样操作",
        "任务目前的状态是“{state}”，不能执行此操作。未做任何改动。",
        "请重新查看该任务，它的状态已经发生变化。",
    ),
    "ISCB-REQ-MANIFEST": (
        "文件清单无法使用",
        "文件清单“{path}”无法读取，或内容不是文件路径列表：{detail}。",
        "请在 CAD 软件中重新导出清单；如仍不行，请联系插件的开发商。",
    ),
    "ISCB-REQ-TOO-MANY": (
        "同时提出的请求过多",
        "该程序同时提出的请求超过了上限。此前已受理的任务会继续进行。",
        "请稍候再试。",
    ),
    # files
    "ISCB-FILE-MISSING": (
        "找不到文件",
        "找不到“{path}”。如果之前已经留存过副本，副本仍在。",
        "请把文件放回原处，或在 CAD 中重新保存，然后重试。",
    ),
    "ISCB-FILE-IS-FOLDER": (
        "这是文件夹",
        "“{path}”是文件夹，而这里需要的是单个文件。",
        "请选择文件本身，或按装配体保存。",
    ),
    "ISCB-FILE-NOT-REGULAR": (
        "这不是普通文件",
        "“{path}”既不是普通文件也不是文件夹，无法保存到云端。",
        "请选择普通文件。",
    ),
    "ISCB-FILE-LOOP": (
        "链接循环",
        "“{path}”经由链接又指回自身，无法找到实际的文件。",
        "请删除指回自身的链接，然后再保存。",
    ),
    "ISCB-FILE-LOCKED": (
        "文件被其他程序占用",
        "“{path}”目前被其他程序锁定。",
        "请关闭占用它的程序，或等它完成，然后重试。",
    ),
    "ISCB-FILE-DENIED": (
        "没有读取权限",
        "系统不允许您读取“{path}”。",
        "请申请读取权限，或把文件复制到自己的文件夹，然后重试。",
    ),
    "ISCB-FILE-UNREADABLE": (
        "文件无法读取",
        "读取“{path}”失败：{detail}。",
        "请检查磁盘或网络连接，然后重试。",
    ),
    "ISCB-FILE-RESTLESS": (
        "文件一直在变化",
        "每次读取“{path}”时它都又变了，无法留存一致的副本。",
        "请等写入它的程序完成后再重试。",
    ),
    "ISCB-FILE-TORN": (
        "发送过程中文件有变化",
        "ISCDesk 发送“{path}”期间文件发生了变化，云端的内容可能新旧混杂。ISCBridge 留有您所保存内容的副本。",
        "请查看云端的文件，然后重新保存。",
    ),
    "ISCB-FILE-SHARE-SLOW": (
        "网络文件夹没有响应",
        "“{path}”所在的磁盘或共享文件夹没有及时响应。",
        "请检查网络连接。ISCBridge 会自动再试，您可以继续工作。",
    ),
    "ISCB-FILE-PATH-NOT-EXPRESSIBLE": (
        "云端软件无法识别该路径",
        "“{path}”中含有当前 SDK 无法表示的字符，未发送任何内容。",
        "请用本机系统语言的字符重新命名文件或文件夹，然后再保存。",
    ),
    # assemblies
    "ISCB-ASM-MISSING-PARTS": (
        "装配体缺少零件",
        "装配体“{path}”引用的下列文件找不到：{names}。未发送任何内容。",
        "请把文件放回原处，或在 CAD 中修复引用并保存装配体，然后重试。",
    ),
    "ISCB-ASM-NAME-COLLISION": (
        "装配体中有同名文件",
        "在云端，装配体的全部文件放在同一个文件夹中，且不区分大小写。下列文件会互相覆盖：{names}。未发送任何内容。",
        "请在 CAD 中为重名的文件改名，然后再保存。",
    ),
    "ISCB-ASM-OUTSIDE": (
        "有零件不在装配体文件夹内",
        "此装配体来自云端，须从原文件夹保存回去，但它现在引用了文件夹以外的文件：{names}。未发送任何内容。",
        "请把这些文件复制到装配体文件夹内，并改为引用这些副本，然后再保存。",
    ),
    "ISCB-ASM-NO-MAIN": (
        "文件夹中没有主文件",
        "装配体文件夹“{path}”中应有与文件夹同名的文件，但没有找到。",
        "请让文件夹与装配体文件同名，然后再保存。",
    ),
    "ISCB-ASM-FORMAT": (
        "装配体文件无法读取",
        "“{path}”已损坏或格式不符：{detail}。未发送任何内容。",
        "请在 CAD 中打开并重新保存；如果 CAD 也打不开，请使用较早的版本。",
    ),
    "ISCB-ASM-TOO-LARGE": (
        "装配体的文件太多",
        "“{path}”引用的文件数超过上限（{limit} 个）。未发送任何内容。",
        "请把装配体拆分为若干子装配体。",
    ),
    # cloud
    "ISCB-CLOUD-FAILED": (
        "云端未能保存",
        "云端报告操作失败。本机上的文件没有变化，ISCBridge 也留有所发送内容的副本。",
        "请在 ISCDesk 中查看原因（空间、权限、网络等），然后重试。",
    ),
    "ISCB-CLOUD-OPENED-READ-ONLY": (
        "文件是以只读方式打开的",
        "该文件从云端打开时没有检出，云端不会接受新版本。您保存的内容 ISCBridge 已留存副本。",
        "请在 ISCDesk 中检出后重新打开，或使用“另存为”。如果确定已经检出，可以选择“仍然保存”。",
    ),
    "ISCB-CLOUD-NO-RESULT": (
        "无法确定是否已到达云端",
        "已交给 ISCDesk，但没有得到明确的答复，可能已保存到云端，也可能没有。ISCBridge 留有副本。",
        "请到云端查看：如果最新版本已在，请关闭此任务；如果不在，请再次提交。",
    ),
    "ISCB-CLOUD-RESULT-CONFLICT": (
        "云端的答复前后矛盾",
        "同一次保存，云端既报告成功又报告失败。ISCBridge 留有所发送内容的副本。",
        "请到云端查看：如果最新版本已在，请关闭此任务；如果不在，请再次提交。",
    ),
    "ISCB-CLOUD-CANCELLED-LATE": (
        "取消时已经交出",
        "内容已交给 ISCDesk，无法撤回，之后仍有可能到达云端。",
        "请到云端查看：如果最新版本已在，请关闭此任务；如果不在，请再次提交。",
    ),
    "ISCB-CLOUD-BAD-RESULT": (
        "云端的答复无法识别",
        "收到了答复，但看不出是否成功。ISCBridge 留有副本，并保存了答复原文。",
        "请到云端查看：如果最新版本已在，请关闭此任务；如果不在，请再次提交。",
    ),
    # SDK
    "ISCB-SDK-NOT-CONFIGURED": (
        "云端软件尚未配置",
        "ISCBridge 不知道 IscdeskSdk 的位置。您保存的内容会先留存，配置完成后自动发送。",
        "请安装 ISCDesk 和 SDK 库，或联系管理员。",
    ),
    "ISCB-SDK-LOAD": (
        "SDK 库无法加载",
        "无法加载“{path}”：{detail}。您保存的内容会先留存，问题解决后自动发送。",
        "请重新安装 ISCDesk 及其 SDK，或运行“iscbridge doctor”查看详情。",
    ),
    "ISCB-SDK-ABI": (
        "SDK 库与当前 ISCBridge 不匹配",
        "“{path}”属于另一个版本：需要 {expected}，实际为 {found}。",
        "请安装与当前 ISCBridge 版本配套的库。",
    ),
    "ISCB-SDK-INIT": (
        "ISCDesk 没有响应",
        "ISCDesk 拒绝连接或没有运行：{detail}。您保存的内容会先留存，连接恢复后自动发送。",
        "请启动 ISCDesk 并登录，ISCBridge 会自动再试。",
    ),
    "ISCB-SDK-NOT-CONNECTED": (
        "尚未连接 ISCDesk",
        "目前没有连接 ISCDesk，而此请求无法排队等待。未发送任何内容。",
        "ISCDesk 恢复响应后 ISCBridge 会自动连接，请稍候再试。",
    ),
    "ISCB-SDK-CALL-REFUSED": (
        "ISCDesk 拒绝了该操作",
        "ISCDesk 立即拒绝了此调用：{detail}。未发送任何内容。",
        "请在 ISCDesk 中确认已登录，并且有权写入该位置，然后重试。",
    ),
    "ISCB-SDK-CRASHED": (
        "SDK 进程意外退出",
        "与 ISCDesk 通信的进程自行退出（{detail}）。ISCBridge 会重新启动它，已留存的内容不受影响。",
        "无需操作。如果经常发生，请运行“iscbridge doctor”并告知管理员。",
    ),
    "ISCB-SDK-HUNG": (
        "SDK 进程没有响应",
        "与 ISCDesk 通信的进程停止响应，已被结束。ISCBridge 会重新启动它，已留存的内容不受影响。",
        "无需操作。如果经常发生，请运行“iscbridge doctor”并告知管理员。",
    ),
    "ISCB-SDK-GAVE-UP": (
        "SDK 进程反复出错",
        "它在短时间内多次出错，ISCBridge 已停止尝试。已留存的内容仍在等待，不会丢失。",
        "请重新启动 ISCDesk，然后选择“重新连接”，或重试某个任务。",
    ),
    "ISCB-SDK-DESK-CLOSED": (
        "ISCDesk 已关闭",
        "ISCDesk 断开了连接。已留存的内容仍在等待，不会丢失。",
        "请启动 ISCDesk 并登录，ISCBridge 会自动继续。",
    ),
    "ISCB-SDK-NO-ANSWER": (
        "ISCDesk 未回应",
        "已向 ISCDesk 发出请求，但它在 {seconds} 秒内没有回应。它之后仍可能处理该请求。",
        "请查看 ISCDesk：可能有对话框正等待您操作。然后重试。",
    ),
    "ISCB-SDK-UNSUPPORTED": (
        "当前 SDK 不支持此操作",
        "SDK 中没有“{function}”功能。",
        "如果新版本支持，请更新 ISCDesk 及其 SDK。",
    ),
    # journal
    "ISCB-JOURNAL-DISK-FULL": (
        "磁盘已满",
        "没有空间安全地留存您的内容，因此未受理该请求。您自己的文件没有变化。",
        "请清理 {folder} 所在的磁盘，然后再保存。",
    ),
    "ISCB-JOURNAL-IO": (
        "ISCBridge 无法写入日志库",
        "写入失败：{detail}。该请求未被受理，您自己的文件没有变化。",
        "请检查 {folder} 所在的磁盘，然后再保存。",
    ),
    "ISCB-JOURNAL-DAMAGED": (
        "日志库已损坏",
        "任务记录无法读取，已另存为“{path}”，ISCBridge 启用了新的日志库。",
        "请到云端核对最近保存的内容。请保留另存的文件，技术支持也许能从中恢复任务。该文件存在期间，已留存的内容不会被删除。",
    ),
    "ISCB-JOURNAL-NEWER": (
        "日志库属于更新版本的 ISCBridge",
        "日志库的版本是 {found}，当前 ISCBridge 最高支持 {expected}。日志库未被改动。",
        "请重新安装较新版本的 ISCBridge。",
    ),
    "ISCB-JOURNAL-SNAPSHOT-LOST": (
        "留存的副本不见了",
        "ISCBridge 为“{path}”留存的副本丢失或已损坏。",
        "请在 CAD 中重新保存该文件。如果没有人手动清理过该文件夹，请检查磁盘。",
    ),
    # bridge
    "ISCB-BRIDGE-NOT-RUNNING": (
        "ISCBridge 没有运行",
        "当前用户没有正在运行的 ISCBridge。未发送任何内容。",
        "请从“开始”菜单或用“iscbridge tray”启动 ISCBridge，然后重试。",
    ),
    "ISCB-BRIDGE-SECOND": (
        "ISCBridge 已在运行",
        "另一个 ISCBridge（进程 {pid}）正在使用此配置目录。本程序将退出，前者继续运行。",
        "请使用正在运行的 ISCBridge。",
    ),
    "ISCB-BRIDGE-CLOSING": (
        "ISCBridge 正在关闭",
        "目前不再受理新的请求。此前已受理的任务保存在日志库中，下次启动后继续。",
        "请重新启动 ISCBridge，然后再次提出请求。",
    ),
    "ISCB-BRIDGE-TIMEOUT": (
        "在指定时间内没有结果",
        "本命令指定的 {seconds} 秒已到，任务本身仍在继续。",
        "请稍后用“iscbridge jobs”查看。",
    ),
    "ISCB-BRIDGE-FOREIGN-OWNER": (
        "该地址属于其他用户",
        "“{path}”背后的程序不是以您的身份运行的，因此没有向它发送任何内容。",
        "请告知管理员：可能有其他用户在冒充 ISCBridge。",
    ),
    "ISCB-BRIDGE-INTERNAL": (
        "ISCBridge 内部错误",
        "发生了不应出现的情况：{detail}。已留存的内容安全地保存在日志库中。",
        "请再试一次；如果再次出现，请附上日志反馈。",
    ),
    # protocol
    "ISCB-PROTO-HELLO-FIRST": (
        "缺少握手",
        "该程序在首次请求之前没有表明身份。",
        "这是发出请求的程序的问题：必须先发送 bridge.hello。",
    ),
    "ISCB-PROTO-VERSION": (
        "协议版本不同",
        "该程序使用协议版本 {found}，当前 ISCBridge 使用版本 {expected}。",
        "请更新 ISCBridge 或插件中较旧的一方。",
    ),
    "ISCB-PROTO-FRAME-TOO-LARGE": (
        "消息过大",
        "单条消息最多 {limit} 字节。",
        "这是发出请求的程序的问题：较长的文件列表须以清单文件的形式发送。",
    ),
    "ISCB-PROTO-BAD-UTF8": (
        "消息不是有效文本",
        "消息不是 UTF-8 编码。",
        "这是发出请求的程序的问题，请告知其开发商。",
    ),
    "ISCB-PROTO-BAD-JSON": (
        "消息不是有效的 JSON",
        "消息无法解析：{detail}。",
        "这是发出请求的程序的问题，请告知其开发商。",
    ),
    "ISCB-PROTO-BAD-REQUEST": (
        "消息不是有效的请求",
        "消息是 JSON，但不是本协议的请求：{detail}。",
        "这是发出请求的程序的问题，请告知其开发商。",
    ),
    "ISCB-PROTO-UNKNOWN-METHOD": (
        "未知的方法",
        "当前 ISCBridge 没有“{method}”方法。",
        "请更新 ISCBridge，或向该程序的开发商确认所需版本。",
    ),
    "ISCB-PROTO-FLOOD": (
        "消息过于频繁",
        "该程序一次发送的消息超过上限。已受理的任务会继续进行。",
        "这是发出请求的程序的问题。请稍候再试；若连接已断开，请重新连接。",
    ),
    "ISCB-PROTO-CLOSED": (
        "与 ISCBridge 的连接已断开",
        "ISCBridge 断开了连接或已退出。已受理的任务保存在日志库中，会继续进行。",
        "请重新连接；再次提出请求之前，先查看任务列表。",
    ),
    # sandbox
    "ISCB-SANDBOX-NOT-RUNNING": (
        "沙箱没有运行",
        "模拟 ISCDesk 或商店的沙箱没有响应。",
        "请运行“iscbridge sandbox start”启动它。",
    ),
    "ISCB-SANDBOX-NO-SUCH-FILE": (
        "沙箱云端没有该文件",
        "沙箱云端没有“{path}”。",
        "请用“iscbridge sandbox ls”查看其中的内容。",
    ),
    "ISCB-SANDBOX-PERSONALITY": (
        "沙箱没有这种行为方式",
        "沙箱的 {key} 不能设为“{value}”。可选值：{allowed}。",
        "请选用其中之一，或用“iscbridge sandbox personality”（客户端）、“iscbridge sandbox license misbehave”（商店）查看全部。",
    ),
    "ISCB-SANDBOX-START": (
        "沙箱未能启动",
        "模拟 ISCDesk 或商店的沙箱在启动时退出或没有响应。",
        "原因请查看“{log}”。",
    ),
    "ISCB-SANDBOX-NO-ANSWER": (
        "沙箱没有响应",
        "模拟 ISCDesk 或商店的沙箱（进程 {pid}）正在运行，但没有及时响应。",
        "请重试；如仍无效，请结束该进程。",
    ),
    "ISCB-SANDBOX-EXTRA": (
        "沙箱商店缺少软件包",
        "商店的替身需要的 Python 软件包没有安装：{packages}。其他功能不需要它们。",
        "请运行“pip install iscbridge[sandbox]”安装它们。",
    ),
    "ISCB-SANDBOX-REQUEST": (
        "沙箱无法执行该请求",
        "模拟 ISCDesk 或商店的沙箱没有接受请求：{reason}。",
        "请更正请求。",
    ),
    **zh_activity.TEXTS,
    **zh_bundle.TEXTS,
    **zh_hosts.TEXTS,
    **zh_relay.TEXTS,
    **zh_jobs.TEXTS,
    **zh_license.TEXTS,
    **zh_notices.TEXTS,
    **zh_settings.TEXTS,
    **zh_tray.TEXTS,
    **zh_workfiles.TEXTS,
}

#: `JobState`: its name on a list.
STATES: dict[str, str] = {
    "accepted": "已受理",
    "captured": "已留存",
    "waiting": "等待中",
    "submitted": "已交给 ISCDesk",
    "done": "完成",
    "failed": "失败",
    "refused": "未受理",
    "cancelled": "已取消",
    "replaced": "已被更新的保存取代",
    "unknown": "无法确定",
}

#: `WaitReason`: why a job waits.
WAIT_REASONS: dict[str, str] = {
    "turn": "另一个任务正在进行",
    "sdkStarting": "正在连接 ISCDesk",
    "sdkGaveUp": "无法连接 ISCDesk，请选择“重新连接”再试",
    "dialog": "等待 ISCDesk 中的对话框",
    "sameFile": "此文件的上一次保存正在进行",
    "paused": "ISCBridge 已暂停，恢复后继续",
    "license": "正在检查许可证",
    "otherCloud": "此任务属于另一个云，与 ISCBridge 当前运行的云不同",
    "fileRestless": "文件一直在变化，等待其稳定",
    "closing": "ISCBridge 将为升级而关闭，下次启动后发出",
    "preparing": "正在与留存的副本核对",
}

#: `Job.notes`: what happened on the way.
NOTES: dict[str, str] = {
    "note.torn": "上传过程中文件有变化，已将新内容重新排队。",
    "note.newer": "轮到上传之前文件已有变化，已留存新内容。",
    "note.repeated": "第一次交出后没有答复，ISCBridge 自动重做了一次。",
    "note.confirming": "为确认答复确属此文件，又交出了一次。",
    "note.doubled": "云端答复了两次。",
    "note.badResult": "云端的一次答复无法识别。",
    "note.shareSlow": "磁盘或共享文件夹响应缓慢。",
    "note.pickerCancelled": "ISCDesk 的对话框被关闭，没有做出选择。",
    "note.noResultDocumented": "ISCDesk 已接受调用；SDK 不为此操作报告结果。",
    "note.dismissed": "已有人查看并关闭。",
    "note.recovered": "ISCBridge 重新启动后继续处理。",
}

#: `JobKind`: its name.
KINDS: dict[str, str] = {
    "save": "保存",
    "saveAs": "另存为",
    "open": "打开",
    "solve": "求解",
}

#: Sentences of the command line, `doctor` and the demo.
MESSAGES: dict[str, str] = {
    "setting.secrets.store": "授权码和密钥存放在哪里：桌面的密钥环，或者配置中只有您本人能读取的文件。“auto”使用密钥环；在没有密钥环的 Windows 上，使用由您的登录保护的文件。",
    "setting.network.proxy": "访问商店时使用的代理服务器。“auto”采用环境变量或操作系统的设置，“none”表示直接连接。",
    "setting.general.language": "窗口和命令行所用的语言。“auto”采用系统的语言。CAD 中文字的语言由 CAD 自行选择。",
    "setting.files.snapshot_days": "保存完成、取消或被更新的保存取代之后，文件副本在本机保留的天数。",
    "setting.files.failed_snapshot_days": "保存失败或未被受理之后，文件副本在本机保留的天数。结果不确定时，副本会一直保留到有人作出决定。",
    "setting.advanced.sdk_library": "命令行没有指定时，桥接程序加载的 SDK 适配库（由厂商提供）。留空表示使用沙箱。",
    "setting.advanced.sdk": "适配库找不到厂商的 SDK 库时，在此指定其路径。留空表示由适配库自行查找。",
    "setting.advanced.log_level": "日志的详细程度：“info”记录发生的事情；“debug”还记录生效的设置和厂商 SDK 的输出，供报告故障时使用。",
    "parameter.missing": "（未知）",
    "parameter.missing.detail": "没有更多信息",
    **zh_activity.MESSAGES,
    **zh_bundle.MESSAGES,
    **zh_hosts.MESSAGES,
    **zh_relay.MESSAGES,
    **zh_jobs.MESSAGES,
    **zh_license.MESSAGES,
    **zh_notices.MESSAGES,
    **zh_settings.MESSAGES,
    **zh_tray.MESSAGES,
    **zh_workfiles.MESSAGES,
}

"""Sentences of the demonstration, in English and Chinese."""

from __future__ import annotations

from iscbridge.texts.render import Language

TEXTS: dict[str, tuple[str, str]] = {
    "no-samples": (
        "The sample files are not here: the demonstration runs from a source checkout (resources/samples).",
        "没有找到样例文件：演示需要在源码目录中运行（resources/samples）。",
    ),
    "desk-up": ("The sandbox desk is up (process {pid}).", "沙箱客户端已启动（进程 {pid}）。"),
    "bridge-up": ("The bridge is up (process {pid}, cloud: {cloud}).", "桥接程序已启动（进程 {pid}，云：{cloud}）。"),
    "no-bridge": ("The bridge did not start. Its log is {path}", "桥接程序没有启动。日志在 {path}"),
    "too-slow": ("Job {job} did not end in time.", "任务 {job} 没有按时结束。"),
    "save-part": ("Save a part: {path}", "保存零件：{path}"),
    "save-assembly": ("Save an assembly with all its parts: {path}", "保存装配体及其全部零件：{path}"),
    "open": ("Open from the cloud: {path}", "从云端打开：{path}"),
    "same": ("Byte for byte what was saved ({count} file(s)).", "与保存的内容逐字节一致（{count} 个文件）。"),
    "not-same": ("NOT what was saved ({count} file(s)).", "与保存的内容不一致（{count} 个文件）。"),
    "save-crash": (
        "Save a changed part, and kill the SDK process in the middle: {path}",
        "保存修改过的零件，并在途中杀死 SDK 进程：{path}",
    ),
    "killed": ("The SDK process {pid} was killed during the upload.", "SDK 进程 {pid} 在上传途中被杀死。"),
    "event": ("event {topic} {detail}", "事件 {topic} {detail}"),
    "event-job": ("event [{cloud}] {name}: {state}{detail}", "事件 [{cloud}] {name}：{state}{detail}"),
    "store-up": ("The sandbox store is up (licences).", "沙箱云商店已启动（许可证）。"),
    "license-left-out": (
        "The sandbox store is not installed, so licences are left out. With it: pip install 'iscbridge[sandbox]'",
        "未安装沙箱云商店，跳过许可证部分。安装方法：pip install 'iscbridge[sandbox]'",
    ),
    "license-bought": ("A test code was bought: {masked}. Activate it.", "已购得测试授权码 {masked}，现在激活。"),
    "license-days": ("Time passes: {days} day(s).", "时间过去 {days} 天。"),
    "license-offline": ("The network to the store is gone.", "与云商店的网络断开。"),
    "license-online": ("The network is back; check the licence.", "网络恢复，检查许可证。"),
    "license-renewed": ("Somebody renews in the store; check the licence.", "有人在云商店续费，检查许可证。"),
    "license-state": ("licence: {state}", "许可证：{state}"),
    "license-notice": ("  {notice}", "  {notice}"),
    "license-refused": ("  {message}", "  {message}"),
    "license-not-so": ("The licence did not become “{wanted}” in time.", "许可证没有按时变为“{wanted}”。"),
    "row-license-activated": ("Licence activated", "许可证已激活"),
    "row-license-daily": ("The next day's check", "次日的检查"),
    "row-license-grace": ("Twelve days offline: saves go on", "断网十二天：保存照常"),
    "row-license-recovered": (
        "Grace over, network back: one check restores all",
        "宽限期结束后恢复网络：一次检查即恢复",
    ),
    "row-license-expired": ("Expired: only new cloud work stops", "到期：仅停止新的云端操作"),
    "row-license-renewed": ("Renewed: saved again", "续费后再次保存"),
    "relay-up": ("The vendor's relay is up at {url}.", "厂商的中继服务已启动：{url}。"),
    "relay-left-out": (
        "The relay is not installed, so the second act is left out. With it: pip install 'iscbridge[relay]'",
        "未安装中继服务，跳过第二幕。安装方法：pip install 'iscbridge[relay]'",
    ),
    "relay-act": (
        "Second act: the vendor's relay. A licence with one seat is bought and activated.",
        "第二幕：厂商的中继服务。购买并激活一个只有一个席位的许可证。",
    ),
    "relay-second": (
        "A second computer asks with the same code: {message}.",
        "第二台计算机用同一授权码申请：{message}。",
    ),
    "relay-away": ("The relay is gone, and {days} days pass.", "中继服务停止，时间过去 {days} 天。"),
    "relay-back": ("The relay is back.", "中继服务恢复。"),
    "relay-shop": ("In the shop: {action}. The shop tells the relay.", "在商店操作：{action}。商店通知中继服务。"),
    "relay-action.freeze": ("freeze", "冻结"),
    "relay-action.unfreeze": ("unfreeze", "解除冻结"),
    "relay-action.renew": ("renew", "续费"),
    "relay-action.release": ("release", "释放"),
    "relay-not-told": ("The relay was not told of “{action}” in time.", "未能按时把“{action}”通知中继服务。"),
    "row-relay-leased": ("Leased from the vendor's relay", "从厂商的中继服务获得租约"),
    "row-relay-second": ("A second computer finds no seat", "第二台计算机没有席位"),
    "row-relay-offline": ("Nine days without the relay", "九天没有中继服务"),
    "row-relay-frozen": ("Frozen by the store", "被商店冻结"),
    "row-relay-unfrozen": ("Unfrozen", "解除冻结"),
    "row-relay-renewed": ("Renewed", "续费"),
    "row-relay-released": ("Released", "释放"),
    "stopped": ("Bridge and desk are stopped.", "桥接程序和沙箱客户端已停止。"),
    "verified": ("verified", "已核对"),
    "not-verified": ("NOT verified", "未通过核对"),
    "row-part": ("Part saved to the cloud", "零件保存到云"),
    "row-assembly": ("Assembly saved to the cloud", "装配体保存到云"),
    "row-open": ("Opened from the cloud", "从云端打开"),
    "row-crash": ("Part saved although the SDK crashed", "SDK 崩溃后零件仍保存成功"),
    "go-on": (
        "See it with your own eyes: “{command}” shows the icon and the windows, on the sandbox as well.",
        "想亲眼看看？“{command}”会显示托盘图标和窗口，同样使用沙箱。",
    ),
    "where-journal": ("Journal", "日志库"),
    "where-snapshots": ("Snapshots", "快照"),
    "where-cloud": ("Sandbox cloud and delivered files", "沙箱云及其交付的文件"),
    "where-log": ("Log", "运行日志"),
}


def tell(message_id: str, language: Language, **params: object) -> str:
    """One sentence in the reader's language."""
    english, chinese = TEXTS[message_id]
    return (chinese if language == "zh" else english).format(**params)

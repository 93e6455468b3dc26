"""Sentences of the command line, in English and Chinese side by side, so that none lacks its twin."""

from __future__ import annotations

from iscbridge.texts.render import Language

TEXTS: dict[str, tuple[str, str]] = {
    "not-running": (
        "The bridge is not running. Start it with: iscbridge serve   (or add --start to this command)",
        "桥接程序没有运行。请先启动：iscbridge serve（或在本命令后加 --start）",
    ),
    "start-failed": (
        "The bridge did not come up within {seconds} seconds. Its log is {path}",
        "桥接程序在 {seconds} 秒内没有启动成功。日志在 {path}",
    ),
    "lost-bridge": (
        "The connection to the bridge ended. What it had accepted goes on when it runs again; see: iscbridge jobs",
        "与桥接程序的连接中断了。已受理的任务会在它重新运行后继续；查看：iscbridge jobs",
    ),
    "timed-out": (
        "{path}: still {state} after {seconds} seconds. The job goes on; see: iscbridge job {job}",
        "{path}：{seconds} 秒后仍是“{state}”。任务会继续进行；查看：iscbridge job {job}",
    ),
    "job-line": ("{path}: {state}{detail}", "{path}：{state}{detail}"),
    "delivered": ("  opened as {path}", "  已打开为 {path}"),
    "remedy": ("  What to do: {remedy}", "  处理办法：{remedy}"),
    "never-saved": ("{path}: never saved to the cloud from this computer", "{path}：从未从本机保存到云"),
    "no-jobs": ("There are no jobs.", "没有任务。"),
    "closing": ("The bridge is closing.", "桥接程序正在关闭。"),
    "running": ("The bridge runs (process {pid}, cloud: {cloud}).", "桥接程序正在运行（进程 {pid}，云：{cloud}）。"),
    "session": ("  SDK session {session}: {state}", "  SDK 会话 {session}：{state}"),
    "under-way": ("  Jobs under way: {jobs}", "  进行中的任务：{jobs}"),
    "warning": ("  Attention: {title}. {message}", "  请注意：{title}。{message}"),
    "socket": ("  Address: {socket}", "  地址：{socket}"),
    "nothing": ("none", "无"),
    "serving": (
        "ISCBridge {version} is ready (process {pid}, cloud: {cloud}). Stop it with Ctrl+C.",
        "ISCBridge {version} 已就绪（进程 {pid}，云：{cloud}）。按 Ctrl+C 停止。",
    ),
    "set-aside": (
        "The journal was damaged. It was set aside as {path}, and a fresh one was started.",
        "日志库已损坏，已另存为 {path}，并新建了一个。",
    ),
    "sandbox-started": ("The sandbox desk runs (process {pid}).", "沙箱客户端正在运行（进程 {pid}）。"),
    "sandbox-stopped": ("The sandbox desk is stopped.", "沙箱客户端已停止。"),
    "sandbox-not-running": (
        "The sandbox desk is not running. Start it with: iscbridge sandbox start",
        "沙箱客户端没有运行。请启动：iscbridge sandbox start",
    ),
    "sandbox-empty": ("The sandbox cloud is empty.", "沙箱云是空的。"),
    "fetched": ("{source} -> {target} ({size} bytes)", "{source} -> {target}（{size} 字节）"),
    "usage-personality": (
        "Name and value belong together: iscbridge sandbox personality NAME=VALUE",
        "名称和值要成对给出：iscbridge sandbox personality 名称=值",
    ),
    "doctor-good": ("Everything that can be checked is in order.", "可以检查的各项都正常。"),
    "doctor-bad": ("{count} of {total} checks need attention.", "{total} 项检查中有 {count} 项需要处理。"),
    "doctor.home": ("Data folder", "数据文件夹"),
    "doctor.journal": ("Journal", "日志库"),
    "doctor.space": ("Free space", "剩余空间"),
    "doctor.sdk": ("SDK library", "SDK 库"),
    "doctor.desk": ("Desk (sandbox)", "客户端（沙箱）"),
    "doctor.socket": ("Local protocol", "本地协议"),
    "doctor.session": ("SDK session {session}", "SDK 会话 {session}"),
    "doctor.bridge-off": (
        "No bridge runs. Start it with: iscbridge serve",
        "没有桥接程序在运行。请启动：iscbridge serve",
    ),
    "doctor.bridge-on": ("The bridge runs as process {pid}.", "桥接程序在运行，进程 {pid}。"),
    "doctor.can-write": ("Can be written: {path}", "可以写入：{path}"),
    "doctor.cannot-write": (
        "Can't be written: {path} ({detail}). Check the rights of this folder, or set ISCBRIDGE_HOME.",
        "无法写入：{path}（{detail}）。请检查该文件夹的权限，或设置 ISCBRIDGE_HOME。",
    ),
    "doctor.journal-none": ("There is none yet; it is made at the first start.", "尚不存在；首次启动时创建。"),
    "doctor.journal-good": ("In order.", "正常。"),
    "doctor.journal-bad": (
        "It is damaged ({detail}). The bridge sets it aside at its next start and keeps every snapshot.",
        "已损坏（{detail}）。桥接程序下次启动时会把它另存，所有快照都会保留。",
    ),
    "doctor.space-good": ("{free} MiB free.", "剩余 {free} MiB。"),
    "doctor.space-bad": (
        "Only {free} MiB free. Saves need room for a copy of each file: make space on this drive.",
        "只剩 {free} MiB。每次保存都需要存放一份副本：请清理此磁盘。",
    ),
    "doctor.sdk-good": ("{path} loads ({cloud}).", "{path} 可以加载（{cloud}）。"),
    "doctor.desk-good": ("The sandbox desk answers.", "沙箱客户端有应答。"),
    "doctor.session-bad": ("{title} {remedy}", "{title}{remedy}"),
}


def say(message_id: str, language: Language, **params: object) -> str:
    """One sentence in the reader's language."""
    english, chinese = TEXTS[message_id]
    return (chinese if language == "zh" else english).format(**params)

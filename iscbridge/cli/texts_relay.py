"""Sentences of `iscbridge relay` and of the sandbox's shop, in both languages."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "relay-made": (
        "The relay's folder is ready: {folder}. These lines belong into the product's policy file on workstations:\n",
        "中继服务的文件夹已就绪：{folder}。请把以下内容写入工作站上该产品的策略文件：\n",
    ),
    "relay-secrets": (
        "Still to be put into {folder}, one owner-only file each: {names}. Then: iscbridge relay serve",
        "还需要在 {folder} 中放入以下文件，每项一个，且只有所有者可读：{names}。然后运行：iscbridge relay serve",
    ),
    "relay-backed-up": (
        "Backed up into {file}. It holds the relay's keys: keep it as you keep them.",
        "已备份到 {file}。其中含有中继服务的密钥，请与密钥同样妥善保管。",
    ),
    "relay-no-database": (
        "The database is PostgreSQL's and not in it: back it up with pg_dump (docs/relay.md).",
        "数据库在 PostgreSQL 中，不包含在内：请用 pg_dump 备份（见 docs/relay.md）。",
    ),
    "relay-restored": ("Restored into {folder}.", "已恢复到 {folder}。"),
    "relay-none": ("There are none.", "没有。"),
    "relay-uses-taken": (
        "Written down: {taken}. Known before: {known}.",
        "已记录：{taken} 条。此前已有：{known} 条。",
    ),
    "relay-deeds": (
        "Not understood; nothing was done. With {what} this can be done: {deeds}",
        "无法理解，没有执行任何操作。对 {what} 可以执行：{deeds}",
    ),
    "relay-done": ("Done: {what} {id}", "已完成：{what} {id}"),
    "sandbox-relay-started": (
        "The sandbox's relay runs at {url} (process {pid}).",
        "沙箱的中继服务正在运行：{url}（进程 {pid}）。",
    ),
    "sandbox-relay-unread": (
        "The bridge that runs does not know this relay yet: it reads policy files when it starts. Stop it (iscbridge stop) and start it again, then activate a licence of {product}.",
        "正在运行的桥接程序还不知道这个中继服务：策略文件只在启动时读取。请先停止（iscbridge stop）再重新启动，然后激活 {product} 的许可证。",
    ),
    "sandbox-relay-stopped": ("The sandbox's relay is stopped.", "沙箱的中继服务已停止。"),
    "sandbox-relay-not-running": (
        "The sandbox's relay is not running. Start it with: iscbridge sandbox relay start",
        "沙箱的中继服务没有运行。请启动：iscbridge sandbox relay start",
    ),
    "shop-no-merchant": (
        "The shop knows no merchant to call. Start one with: iscbridge sandbox relay start",
        "商店不知道要通知哪个厂商。请启动：iscbridge sandbox relay start",
    ),
    "relay-new-key": (
        "The key {kid} is made. It signs from the next start on; put it into the policy files before that:\n  {line}",
        "密钥 {kid} 已生成。中继服务重新启动后用它签名；请先把它写入策略文件：\n  {line}",
    ),
}

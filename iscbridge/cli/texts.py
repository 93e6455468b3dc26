"""Sentences of the command line, in English and Chinese side by side, so that none lacks its twin."""

from __future__ import annotations

from iscbridge.cli.texts_relay import TEXTS as _RELAY
from iscbridge.texts.render import Language

TEXTS: dict[str, tuple[str, str]] = {
    "not-running": (
        "The bridge is not running. Start it with “iscbridge tray” or “iscbridge serve”, or add --start to this command.",
        "桥接程序没有运行。请用“iscbridge tray”或“iscbridge serve”启动，或在本命令后加 --start。",
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
        "{name}: after {seconds} seconds still “{state}”. The job goes on; see: iscbridge job {job}",
        "{name}：{seconds} 秒后仍是“{state}”。任务会继续进行；查看：iscbridge job {job}",
    ),
    "decide": (
        "  Then say what you found: iscbridge resolve {job} dismiss (it is there), or iscbridge resolve {job} repeat",
        "  然后告知结果：iscbridge resolve {job} dismiss（已在云端），或 iscbridge resolve {job} repeat（再次提交）",
    ),
    "job-fact": ("  {name}: {value}", "  {name}：{value}"),
    "job-fact.kind": ("Kind", "种类"),
    "job-fact.created": ("Requested", "请求时间"),
    "job-fact.updated": ("Last change", "最近变化"),
    "job-fact.submitted": ("Handed over to ISCDesk", "交给 ISCDesk 的时间"),
    "job-fact.attempts": ("Hand-overs", "提交次数"),
    "job-fact.files": ("Files", "文件数"),
    "job-fact.size": ("Bytes", "字节数"),
    "job-fact.handedPath": ("Handed over as", "提交的路径"),
    "job-fact.replacedBy": ("Replaced by job", "被任务取代"),
    "stopping": (
        "ISCBridge closes. What is not finished goes on at its next start.",
        "ISCBridge 正在关闭。未完成的任务会在下次启动后继续。",
    ),
    "reconnecting": (
        "The connection to ISCDesk is tried again; see: iscbridge status",
        "正在重新连接 ISCDesk；查看：iscbridge status",
    ),
    "job-line": ("{path}: {state}{detail}", "{path}：{state}{detail}"),
    "delivered": ("  opened as {path}", "  已打开为 {path}"),
    "remedy": ("  What to do: {remedy}", "  处理办法：{remedy}"),
    "never-saved": ("{path}: never saved to the cloud from this computer", "{path}：从未从本机保存到云"),
    "file-line": ("{path}: {state}{detail}", "{path}：{state}{detail}"),
    "no-files": (
        "There are no such working files. Files that are opened from the cloud or saved to it become working files.",
        "没有这样的工作文件。从云端打开或保存到云端的文件会成为工作文件。",
    ),
    "files-off": (
        "Files are not watched (setting files.watch), so nobody sees what has changed.",
        "目前不留意文件的更改（设置 files.watch），因此无法得知哪些文件有更改。",
    ),
    "file-policy": ("{path}: {policy}", "{path}：{policy}"),
    "file-forgotten": (
        "{path}: watched no more. The file itself was not touched.",
        "{path}：不再留意。文件本身没有改动。",
    ),
    "no-jobs": ("There are no jobs.", "没有任务。"),
    "recovered": ("{count} file(s) written to {path}", "已写出 {count} 个文件到 {path}"),
    "paused": (
        "Paused: saves are captured and wait. Go on with: iscbridge resume",
        "已暂停：保存的内容会先留存并等待。继续请用：iscbridge resume",
    ),
    "paused-for": (
        "Paused for {minutes} minute(s): saves are captured and wait. Go on sooner with: iscbridge resume",
        "已暂停 {minutes} 分钟：保存的内容会先留存并等待。提前继续请用：iscbridge resume",
    ),
    "paused-until": (
        "  Paused until {time}. Go on sooner with: iscbridge resume",
        "  已暂停到 {time}。提前继续请用：iscbridge resume",
    ),
    "paused-now": (
        "  Paused: saves are captured and wait. Go on with: iscbridge resume",
        "  已暂停：保存的内容会先留存并等待。继续请用：iscbridge resume",
    ),
    "resumed": ("The bridge goes on.", "桥接程序已恢复。"),
    "check-line": ("{state}: {path}", "{state}：{path}"),
    "check-why": ("  {message}", "  {message}"),
    "check-more": ("... and {count} more", "……另有 {count} 个"),
    "check-ready": ("Nothing stands in the way of a save.", "可以保存，没有阻碍。"),
    "part.new": ("new", "新文件"),
    "part.changed": ("changed", "有变化"),
    "part.unchanged": ("unchanged", "无变化"),
    "part.missing": ("missing", "缺失"),
    "part.tooLong": ("path too long", "路径过长"),
    "part.collision": ("name taken by another file", "与另一文件重名"),
    "part.unreadable": ("can't be read", "无法读取"),
    "part.outside": ("outside the assembly's folder", "在装配文件夹之外"),
    "closing": ("The bridge is closing.", "桥接程序正在关闭。"),
    "running": ("The bridge runs (process {pid}, cloud: {cloud}).", "桥接程序正在运行（进程 {pid}，云：{cloud}）。"),
    "session": ("  {session}", "  {session}"),
    "under-way": ("  Jobs under way: {jobs}", "  进行中的任务：{jobs}"),
    "count": ("{state}: {count}", "{state}：{count}"),
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
    "sandbox-stopped": ("The sandbox is stopped.", "沙箱已停止。"),
    "sandbox-not-running": (
        "The sandbox desk is not running. Start it with: iscbridge sandbox start",
        "沙箱客户端没有运行。请启动：iscbridge sandbox start",
    ),
    "store-started": (
        "The sandbox store runs (process {pid}) at {bases}.",
        "沙箱商店正在运行（进程 {pid}），地址：{bases}。",
    ),
    "store-not-running": (
        "The sandbox store is not running.",
        "沙箱商店没有运行。",
    ),
    "store-left-out": (
        'Without the sandbox store: {packages} not installed. To have it: pip install "iscbridge[sandbox]"',
        '没有沙箱商店：{packages} 未安装。如需使用：pip install "iscbridge[sandbox]"',
    ),
    "store-no-codes": (
        "The sandbox store has no codes. Buy one with: iscbridge sandbox license new",
        "沙箱商店没有授权码。请购买一个：iscbridge sandbox license new",
    ),
    "store-behaves": ("The sandbox store behaves as documented.", "沙箱商店按文档运行。"),
    "store-misbehaves": (
        "The sandbox store now has: {behaviour}. Back to normal: iscbridge sandbox license behave",
        "沙箱商店当前的设置：{behaviour}。恢复正常：iscbridge sandbox license behave",
    ),
    "usage-misbehave": (
        "{name} needs a value: iscbridge sandbox license misbehave {name}=VALUE",
        "{name} 需要一个值：iscbridge sandbox license misbehave {name}=值",
    ),
    "sandbox-time": (
        "The sandbox's licences see {time} (moved by {shift}).",
        "沙箱的许可证时间是 {time}（移动了 {shift}）。",
    ),
    "sandbox-empty": ("The sandbox cloud is empty.", "沙箱云是空的。"),
    "sandbox-nothing": ("The sandbox cloud has nothing in {folder}.", "沙箱云的 {folder} 中没有内容。"),
    "fetched": ("{source} -> {target} ({size} bytes)", "{source} -> {target}（{size} 字节）"),
    "usage-personality": (
        "Name and value belong together: iscbridge sandbox personality NAME=VALUE",
        "名称和值要成对给出：iscbridge sandbox personality 名称=值",
    ),
    "hosts-line": ("{host}  {title}  {state}", "{host}  {title}  {state}"),
    "hosts-program": ("  program: {path}", "  程序：{path}"),
    "hosts-place": ("  add-in: {path}", "  插件：{path}"),
    "hosts-changed": ("  changed by hand: {files}", "  手动修改过：{files}"),
    "hosts-opened": ("{path}: given to {program}", "{path}：已交给 {program} 打开"),
    "hosts-kept": ("  left there: {files}", "  已保留：{files}"),
    "license-argument": (
        "not understood. A licence code, key or password is never an argument: other programs can see the arguments, and the shell keeps them in its history (if one stands there now, delete it). Type the code when you are asked, or give it on standard input or in a file that only you can read. See: iscbridge license --help",
        "无法理解该命令行。授权码、密钥和密码不能写在命令行参数中：其他程序能看到参数，终端也会把它们留在历史记录里（如果现在已在其中，请删除）。请在提示时输入，或通过标准输入、只有您能读取的文件提供。参见：iscbridge license --help",
    ),
    "license-column.product": ("PRODUCT", "产品"),
    "license-column.state": ("LICENCE", "许可证"),
    "license-column.code": ("CODE", "授权码"),
    "license-column.checked": ("CONFIRMED", "上次确认"),
    "license-column.left": ("DAYS LEFT", "剩余天数"),
    "license-column.allowed": ("CLOUD WORK", "云操作"),
    "license-may.all": ("everything", "全部"),
    "license-may.newSave": ("new saves", "新的保存"),
    "license-may.openedSave": ("saves of files opened before", "保存此前打开的文件"),
    "license-may.open": ("opening", "打开"),
    "license-may.nothing": ("none for now", "暂无"),
    "license-checking": ("{state}, being checked", "{state}，正在检查"),
    "license-none": (
        "No product on this computer needs a licence from ISCBridge: there is no policy file of a vendor.",
        "本机上没有产品需要 ISCBridge 管理的许可证：没有厂商的策略文件。",
    ),
    "license-which": (
        "Several products are licensed here: {products}. Say which one: --product P",
        "本机有多个需要许可证的产品：{products}。请指明是哪一个：--product P",
    ),
    "license-why": ("{title} ({code}). {message}", "{title}（{code}）：{message}"),
    "license-opened": (
        "Files opened from the cloud up to {time} can still be saved.",
        "在 {time} 之前从云打开的文件仍可保存。",
    ),
    "license-remedy": ("What to do: {remedy}", "处理办法：{remedy}"),
    "license-renew": ("Renew at: {url}", "续费网址：{url}"),
    "license-warning": (
        "Attention: {title} ({code}). {message} {remedy}",
        "请注意：{title}（{code}）。{message}{remedy}",
    ),
    "license-local": ("Local work goes on as ever.", "本地工作不受影响。"),
    "license-prompt": ("Licence code of {product}:", "{product} 的授权码："),
    "license-no-terminal": (
        "There is no terminal to ask on. Give the code with --code-stdin, or with --code-file PATH in a file that only you can read.",
        "没有可以提示输入的终端。请用 --code-stdin 提供授权码，或用 --code-file PATH 指定只有您能读取的文件。",
    ),
    "license-no-rollout": (
        "No administrator has named a file with a licence code for this computer. Nothing was changed. Give the code with --code-stdin or --code-file PATH.",
        "管理员没有为本机指定授权码文件。没有做任何更改。请用 --code-stdin 或 --code-file PATH 提供授权码。",
    ),
    "license-no-code": ("No code was given. Nothing was changed.", "没有收到授权码。没有做任何更改。"),
    "license-code-form": (
        "That is no licence code: one line of 1 to 64 letters, digits and signs, with no blank in it. Nothing was sent. Copy the code from the store once more.",
        "这不是授权码：应为一行，由 1 到 64 个字母、数字和符号组成，中间没有空格。没有发送任何内容。请从商店重新复制授权码。",
    ),
    "license-take-off": (
        "Take the licence of {product} off this computer? Its code is forgotten here. [y/N]",
        "要从本机移除 {product} 的许可证吗？本机将不再保留其授权码。[y/N]",
    ),
    "license-take-off-seat": (
        "Take the licence of {product} off this computer? Its code is forgotten here, and the seat stays taken by this computer (to free it: iscbridge license release). [y/N]",
        "要从本机移除 {product} 的许可证吗？本机将不再保留其授权码，但席位仍由本机占用（释放席位：iscbridge license release）。[y/N]",
    ),
    "license-say-yes": (
        "There is no terminal to ask on. Add --yes if the licence is to be taken off this computer.",
        "没有可以提示确认的终端。如果确实要从本机移除许可证，请加 --yes。",
    ),
    "license-give-back": (
        "Give this computer's seat of {product} back, so that another computer can use it? [y/N]",
        "释放 {product} 在本机占用的席位，供其他计算机使用？[y/N]",
    ),
    "license-say-yes-release": (
        "There is no terminal to ask on. Add --yes if the seat of this computer is to be given back.",
        "没有可供提问的终端。若要释放本机的席位，请加上 --yes。",
    ),
    "license-signin-opened": (
        "Your browser is open: sign in there. This command ends when it is back.",
        "浏览器已打开，请在其中登录。浏览器返回后，本命令即结束。",
    ),
    "license-signin-open": (
        "Open this address in a browser of this computer and sign in there. Whoever has it can sign in here: give it to nobody.\n  {url}",
        "请在本机的浏览器中打开以下网址并登录。得到该网址的人都可以在本机登录，请勿告诉他人。\n  {url}",
    ),
    "license-signout-open": (
        "Open this address to sign out in the browser, too:\n  {url}",
        "打开以下网址，可同时在浏览器中退出登录：\n  {url}",
    ),
    "license-signed-in": ("Signed in: {user}", "已登录：{user}"),
    "license-holder": ("The seat is that of {user}.", "席位属于 {user}。"),
    "license-left": ("Nothing was changed.", "没有做任何更改。"),
    "license-lost-bridge": (
        "The connection to the bridge ended. See how the licence stands: iscbridge license status",
        "与桥接程序的连接中断了。查看许可证的状态：iscbridge license status",
    ),
    "license-goes-on": (
        "No answer within {seconds} seconds. The bridge goes on; see: iscbridge license status",
        "{seconds} 秒内没有回答。桥接程序会继续；查看：iscbridge license status",
    ),
    "license-in.keyring": ("the keyring", "系统密钥环"),
    "license-in.dpapi": ("a file that Windows protects for you", "由 Windows 为您保护的文件"),
    "license-in.file": ("a file that only you can read", "只有您能读取的文件"),
    "license-keys-kept": (
        "The keys are kept in {store}. Try them: iscbridge license refresh",
        "密钥已保存在{store}中。可以试用：iscbridge license refresh",
    ),
    "license-keys-forgotten": ("No keys are kept any more ({store}).", "已不再保存密钥（{store}）。"),
    "license-keys-form": (
        "Two lines are needed: the access key (AK), then the secret key (SK). Nothing was kept.",
        "需要两行：第一行是访问密钥（AK），第二行是私有密钥（SK）。没有保存任何内容。",
    ),
    "license-keys-ask": ("Access key (AK):", "访问密钥（AK）："),
    "license-keys-ask-hidden": ("Secret key (SK), not shown while you type:", "私有密钥（SK，输入时不显示）："),
    "license-login-ask": ("User name at the proxy:", "代理服务器的用户名："),
    "license-login-ask-hidden": ("Password, not shown while you type:", "密码（输入时不显示）："),
    "license-two-no-terminal": (
        "There is no terminal to ask on. Give the two lines with --stdin, or with --file PATH in a file that only you can read.",
        "没有可以提示输入的终端。请用 --stdin 提供这两行，或用 --file PATH 指定只有您能读取的文件。",
    ),
    "license-login-kept": (
        "User and password of the proxy are kept in {store}.",
        "代理的用户名和密码已保存在{store}中。",
    ),
    "license-login-forgotten": (
        "User and password of the proxy are forgotten ({store}).",
        "代理的用户名和密码已删除（{store}）。",
    ),
    "license-login-form": (
        "Two lines are needed: the user, then the password. Nothing was kept.",
        "需要两行：第一行是用户名，第二行是密码。没有保存任何内容。",
    ),
    "config-empty": ("(empty)", "（空）"),
    "config-secret": ("(not shown)", "（不显示）"),
    "config-line": ("{key} = {value}", "{key} = {value}"),
    "config-from": ("  From: {source}", "  来源：{source}"),
    "config-source.default": ("default", "默认值"),
    "config-source.policy": ("the administrator's policy file", "管理员的策略文件"),
    "config-source.file": ("the settings file", "设置文件"),
    "config-source.environment": ("the variable {variable}", "环境变量 {variable}"),
    "config-source.locked": ("locked by the administrator", "由管理员锁定"),
    "config-values": ("  Values: {allowed}", "  可用的值：{allowed}"),
    "config-default": ("  Default: {default}", "  默认值：{default}"),
    "config-variable": ("  Variable: {variable}", "  环境变量：{variable}"),
    "config-help": ("  {help}", "  {help}"),
    "config-takes.restart": (
        "  A bridge that runs takes a new value at its next start.",
        "  正在运行的桥接程序在下次启动时采用新值。",
    ),
    "config-takes.now": ("  A new value holds at once.", "  新值立即生效。"),
    "config-restart": (
        "The bridge that runs (process {pid}) takes it at its next start: iscbridge stop, then iscbridge serve",
        "正在运行的桥接程序（进程 {pid}）在下次启动时采用：先执行 iscbridge stop，再执行 iscbridge serve",
    ),
    "config-overruled": (
        "The variable {variable} is set and comes before the settings file.",
        "环境变量 {variable} 已设置，优先于设置文件。",
    ),
    "config-unknown": ("There is no setting {key}.", "没有名为 {key} 的设置。"),
    "config-nearest": (
        "There is no setting {key}. Did you mean {nearest}?",
        "没有名为 {key} 的设置。您是指 {nearest} 吗？",
    ),
    "config-see": ("  See: iscbridge config list", "  查看全部：iscbridge config list"),
    "config-wrong": (
        "{key} can be: {allowed}. Nothing was changed.",
        "{key} 可以是：{allowed}。没有做任何更改。",
    ),
    "config-wrong-login": (
        "A user name or password never belongs in a setting; give those of a proxy with: iscbridge license proxy-login",
        "用户名或密码不应写在设置中；代理服务器的用户名和密码请用以下命令提供：iscbridge license proxy-login",
    ),
    "config-file": ("Settings file: {path}", "设置文件：{path}"),
    "config-policy": ("Administrator's policy file: {path}", "管理员的策略文件：{path}"),
    "config-none": ("{place} (there is none)", "{place}（尚不存在）"),
    "doctor-good": ("Everything that can be checked is in order.", "可以检查的各项都正常。"),
    "doctor-bad": ("{count} of {total} checks need attention.", "{total} 项检查中有 {count} 项需要处理。"),
    "doctor.home": ("Data folder", "数据文件夹"),
    "doctor.journal": ("Journal", "日志库"),
    "doctor.bridge": ("Bridge", "桥接程序"),
    "doctor.space": ("Free space", "剩余空间"),
    "doctor.sdk": ("SDK library", "SDK 库"),
    "doctor.settings": ("Settings", "设置"),
    "doctor.settings-good": ("In order: {path}", "正常：{path}"),
    "doctor.desk": ("Desk (sandbox)", "客户端（沙箱）"),
    "doctor.socket": ("Local protocol", "本地协议"),
    "doctor.license": ("Licence of {product}", "{product} 的许可证"),
    "doctor.license-notice": ("{state}. {notice}", "{state}。{notice}"),
    "doctor.network": ("Way to {address}, for licences", "查询许可证的途径（{address}）"),
    "doctor.network-good": (
        "It answers; no proxy is used ({millis} ms).",
        "有应答，不使用代理服务器（{millis} 毫秒）。",
    ),
    "doctor.network-proxy": (
        "It answers, through the proxy {proxy} ({millis} ms).",
        "有应答，经由代理服务器 {proxy}（{millis} 毫秒）。",
    ),
    "doctor.session": ("Connection to ISCDesk", "与 ISCDesk 的连接"),
    "doctor.bridge-off": (
        "No bridge runs. Start it with: iscbridge tray, or without windows: iscbridge serve",
        "没有桥接程序在运行。请启动：iscbridge tray，或无窗口的：iscbridge serve",
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

TEXTS |= _RELAY


def say(message_id: str, language: Language, **params: object) -> str:
    """One sentence in the reader's language."""
    english, chinese = TEXTS[message_id]
    return (chinese if language == "zh" else english).format(**params)

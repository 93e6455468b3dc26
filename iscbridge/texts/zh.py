"""Everything the bridge says to people, in simplified Chinese. `en.py` holds the same ids; a test compares the two.

Written as a Chinese reader would put it, not word by word from the English.
"""

from __future__ import annotations

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
        "请到云端查看：如果最新版本已在，请关闭此提示；如果不在，请重新执行。",
    ),
    "ISCB-CLOUD-RESULT-CONFLICT": (
        "云端的答复前后矛盾",
        "同一次保存，云端既报告成功又报告失败。ISCBridge 留有所发送内容的副本。",
        "请到云端查看：如果最新版本已在，请关闭此提示；如果不在，请重新执行。",
    ),
    "ISCB-CLOUD-CANCELLED-LATE": (
        "取消时已经交出",
        "内容已交给 ISCDesk，无法撤回，之后仍有可能到达云端。",
        "请到云端查看最新版本，然后关闭此提示或重新执行。",
    ),
    "ISCB-CLOUD-BAD-RESULT": (
        "云端的答复无法识别",
        "收到了答复，但看不出是否成功。ISCBridge 留有副本，并保存了答复原文。",
        "请到云端查看：如果最新版本已在，请关闭此提示；如果不在，请重新执行。",
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
    "ISCB-LIC-NO-POLICY": (
        "此产品没有受管理的许可",
        "本机上没有任何厂商策略文件提到产品“{product}”，因此 ISCBridge 不为它保管许可。它的云操作不受限制。",
        "请核对产品名称。如果它确实需要许可，请安装厂商提供的策略文件。",
    ),
    "ISCB-LIC-NOT-ACTIVATED": (
        "许可证尚未激活",
        "“{product}”在本机上没有已激活的许可证，因此新的内容不会上传到云端。在本机上工作和保存不受影响。",
        "请输入一次许可证的授权码，然后再保存到云端。",
    ),
    "ISCB-LIC-EXPIRED": (
        "许可证已到期",
        "“{product}”的许可证已到期，因此新的内容不会上传到云端。已受理的任务会照常完成，此前打开的文件在 15 天内仍可保存，在本机上工作不受影响。",
        "请在 {url} 续费，然后重新检查许可证；无需再次输入授权码。",
    ),
    "ISCB-LIC-EXPIRED-NO-URL": (
        "许可证已到期",
        "“{product}”的许可证已到期，因此新的内容不会上传到云端。已受理的任务会照常完成，此前打开的文件在 15 天内仍可保存，在本机上工作不受影响。",
        "请在购买许可证的商店续费，然后重新检查许可证；无需再次输入授权码。",
    ),
    "ISCB-LIC-FROZEN": (
        "许可证已冻结",
        "“{product}”的许可证已被冻结，因此新的内容不会上传到云端。已受理的任务会照常完成，此前打开的文件在 15 天内仍可保存，在本机上工作不受影响。",
        "请在 {url} 续费，然后重新检查许可证；无需再次输入授权码。",
    ),
    "ISCB-LIC-FROZEN-NO-URL": (
        "许可证已冻结",
        "“{product}”的许可证已被冻结，因此新的内容不会上传到云端。已受理的任务会照常完成，此前打开的文件在 15 天内仍可保存，在本机上工作不受影响。",
        "请在购买许可证的商店续费，然后重新检查许可证；无需再次输入授权码。",
    ),
    "ISCB-LIC-RELEASED": (
        "许可证已释放",
        "“{product}”的许可证已退订或释放，不会再恢复，因此新的内容不会上传到云端。已受理的任务会照常完成，此前打开的文件在 15 天内仍可保存，在本机上工作不受影响。",
        "请输入新的授权码。",
    ),
    "ISCB-LIC-REFUSED": (
        "许可证未被接受",
        "“{product}”的许可证未被接受，因此新的内容不会上传到云端。此前已受理的任务会照常完成，在本机上工作不受影响。",
        "请核对授权码并重新输入。如仍不行，请联系产品的供应商。",
    ),
    "ISCB-LIC-GRACE-OVER": (
        "许可证太久未能检查",
        "“{product}”的许可证未能检查的时间已超过允许的离线期限，在检查成功之前新的内容不会上传到云端。没有任何内容丢失，在本机上工作不受影响。",
        "请联网一次；只需检查成功一次，无需再次输入授权码。",
    ),
    "ISCB-LIC-CLOCK": (
        "计算机的时钟被调回",
        "本机时钟显示的时间早于此前已见过的时间，因此无法计算“{product}”许可证的天数。在此之前新的内容不会上传到云端；在本机上工作不受影响。",
        "请把计算机的时钟调准，或者联网：只需检查成功一次。",
    ),
    "ISCB-LIC-MACHINE": (
        "许可证是在另一台计算机上激活的",
        "这里保存的“{product}”许可证是在另一台计算机上激活的，因此新的内容不会上传到云端。此前打开的文件在 15 天内仍可保存，在本机上工作不受影响。",
        "请在本机上重新激活许可证。",
    ),
    "ISCB-LIC-ACTIVATION-OPEN": (
        "尚不清楚激活是否成功",
        "“{product}”的激活请求已发出，但没有得到确定的答复。授权码已保存，ISCBridge 会自动继续询问，直到有结果为止。",
        "无需任何操作。如果网络不通，请接通网络；授权码无需再次输入。",
    ),
    "ISCB-LIC-BUSY": (
        "正在激活",
        "“{product}”的许可证正在激活。此请求没有改变任何内容。",
        "请等待其完成，然后再查看许可证。",
    ),
    "ISCB-LIC-BY-DESK": (
        "此许可证由 ISCDesk 提供",
        "“{product}”的许可证由 ISCDesk 下发，无需输入授权码。没有任何改变。",
        "请用已分配许可证的账号登录 ISCDesk。",
    ),
    "ISCB-LIC-LOADING": (
        "正在读取许可证",
        "ISCBridge 刚刚启动，尚未读取“{product}”的许可证。期间保存请求照常受理并留存。",
        "请稍候几秒后重试。",
    ),
    "ISCB-LIC-NO-ANSWER": (
        "尚未得到许可证答复",
        "未能及时核对“{product}”的许可证。状态没有变化，ISCBridge 会继续尝试。",
        "请检查网络连接。工作可照常进行。",
    ),
    "ISCB-LIC-CODE-LOST": (
        "许可证代码已不在本机",
        "本机的机密存储中已没有“{product}”的代码。已保存的内容是安全的，本地工作可照常进行。",
        "请重新输入许可证代码。",
    ),
    "ISCB-LIC-NO-AUTHORITY": (
        "没有可查询此许可证的一方",
        "软件厂商为“{product}”指定了“{authority}”，当前版本的 ISCBridge 无法向其查询。本地工作不受影响。",
        "请向软件厂商索取适合此版本的策略文件。",
    ),
    "ISCB-SECRET-FILE-SHARED": (
        "该文件不是私有文件",
        "“{path}”属于其他用户，或者本机的其他用户可以读取或修改它。其中的机密已不再保密，因此没有使用它。没有做任何更改。",
        "请把授权码或密钥放进属于您且只有您能读取的文件（Linux 上可用“chmod 600”，Windows 上可放在您自己的用户文件夹中），并删除此文件。",
    ),
    "ISCB-STORE-NO-KEYS": (
        "没有应用商店的密钥",
        "本机没有访问应用商店的密钥，无法核对“{product}”的许可证。状态没有变化。",
        "厂商的测试机请用“iscbridge license keys”录入密钥；其他机器应使用厂商的中继服务。",
    ),
    "ISCB-SET-POLICY": (
        "策略文件无法使用",
        "策略文件“{path}”无法使用：{detail}。仅由它列出的产品不受限制。",
        "请重新放置厂商提供的策略文件。",
    ),
    "ISCB-SET-POLICY-VALUE": (
        "策略文件中的值无法使用",
        "策略文件“{path}”中“{key}”的值无法使用，改用“{value}”。",
        "请向软件厂商索取更正后的策略文件。",
    ),
    # secrets
    "ISCB-SECRET-NONE": (
        "没有可以安全存放密钥的地方",
        "这台计算机上没有可供 ISCBridge 存放授权码和密钥的密钥环。没有存储任何内容；本地工作和已受理的保存照常进行。",
        '请登录带有密钥环（GNOME Keyring、KWallet）的桌面环境。如果这台计算机没有密钥环，可以改用只有您本人能读取的文件：在 config.toml 的 [secrets] 下写入 store = "file"，然后重新启动 ISCBridge。',
    ),
    "ISCB-SECRET-LOCKED": (
        "密钥环已锁定",
        "存放授权码和密钥的地方目前无法打开（{detail}）。本地工作和已受理的保存照常进行。",
        "如果桌面要求输入密钥环的密码，请将其解锁；ISCBridge 会自动重试。",
    ),
    "ISCB-SECRET-IO": (
        "无法存储或读取密钥",
        "存放授权码和密钥的地方返回了错误：{detail}。此前存储的内容没有变化；本地工作和已受理的保存照常进行。",
        "请重试。如果再次出现，请重新启动计算机，并检查您的配置所在磁盘是否有足够空间。",
    ),
    "ISCB-SECRET-EXPOSED": (
        "密钥文件对他人开放",
        "“{path}”可被其他用户读取或写入、属于他人，或者不是普通文件。该文件未被使用；本地工作和已受理的保存照常进行。",
        "请把该文件设为仅您本人可访问（chmod 600）。如果其他人能够读取这台计算机上的文件，请更换授权码和密钥。",
    ),
    "ISCB-SECRET-DAMAGED": (
        "密钥文件无法读取",
        "“{path}”不是 ISCBridge 写入的形式。该文件未被改动；本地工作和已受理的保存照常进行。",
        "请恢复该文件的完好副本。如果没有副本，请将其移走，然后重新输入授权码。",
    ),
    # settings
    "ISCB-SET-FILE": (
        "设置文件无法解析",
        "“{path}”不是有效的 TOML（第 {line} 行）。目前使用默认设置；工作照常进行。",
        "请改正该行，最常见的是文字两边缺少引号。然后重新启动 ISCBridge。",
    ),
    "ISCB-SET-UNREADABLE": (
        "设置文件无法读取",
        "无法读取“{path}”：{detail}。目前使用默认设置；工作照常进行。",
        "请检查您是否有权读取该文件，然后重新启动 ISCBridge。",
    ),
    "ISCB-SET-VALUE": (
        "有一项设置的值无法使用",
        "设置 {key} 可以是：{allowed}。当前写的是其他内容，因此使用默认值；工作照常进行。",
        "请改正该设置，然后重新启动 ISCBridge。用户名或密码不应写在设置中：代理服务器的用户名和密码请用“iscbridge license proxy-login”提供。",
    ),
    "ISCB-SET-UNKNOWN": (
        "有一项设置无法识别",
        "当前 ISCBridge 没有名为 {key} 的设置，已将其忽略；其他设置均有效。",
        "请检查写法。如果它属于更新的版本，则无需处理。",
    ),
    # license records
    "ISCB-LIC-RECORD-EDITED": (
        "授权记录被改动",
        "ISCBridge 保存的 {product} 授权信息被其他程序改动，因此无法作为依据。本地工作和已受理的保存照常进行；新的云端操作需要先在线检查一次。",
        "请连接网络：在线检查一次授权即可恢复正常，您的授权本身不受影响。",
    ),
    "ISCB-LIC-RECORD-COPIED": (
        "授权记录来自别处",
        "ISCBridge 保存的 {product} 授权信息不是由这台计算机上的此配置写入的；更换计算机或重置密钥环之后也会如此。本地工作和已受理的保存照常进行；新的云端操作需要先在线检查一次。",
        "请连接网络：在线检查一次授权即可恢复正常。如果随后 ISCBridge 要求输入授权码，请重新输入。",
    ),
    "ISCB-LIC-RECORD-ROLLED-BACK": (
        "授权记录是旧的",
        "ISCBridge 保存的 {product} 授权信息比应有的旧；恢复备份之后会出现这种情况。本地工作和已受理的保存照常进行；新的云端操作需要先在线检查一次。",
        "请连接网络：在线检查一次授权即可恢复正常，您的授权本身不受影响。",
    ),
    "ISCB-LIC-RECORD-DAMAGED": (
        "授权记录已损坏",
        "ISCBridge 保存的 {product} 授权信息无法读取，已另存为“{path}”。本地工作和已受理的保存照常进行；新的云端操作需要先在线检查一次。",
        "请连接网络：在线检查一次授权即可恢复正常。如果再次出现，请检查磁盘。",
    ),
    "ISCB-LIC-RECORD-MISSING": (
        "授权记录不见了",
        "ISCBridge 保存 {product} 授权信息的文件不见了。本地工作和已受理的保存照常进行；新的云端操作需要先在线检查一次。",
        "请连接网络：在线检查一次授权即可恢复正常，您的授权本身不受影响。",
    ),
    "ISCB-LIC-RECORD-NEWER": (
        "授权记录属于更新版本的 ISCBridge",
        "{product} 的授权信息由更新版本的 ISCBridge 写入，当前版本无法读取。本地工作和已受理的保存照常进行；新的云端操作需要先在线检查一次。",
        "请重新安装较新版本的 ISCBridge，或者连接网络：在线检查一次授权即可恢复正常。",
    ),
    "ISCB-LIC-NO-DELIVERY": (
        "ISCDesk 没有交付许可",
        "ISCDesk 接受了产品“{product}”的许可请求，但在 ISCBridge 等待的时间内没有结果。没有任何改动：您已有的许可继续有效。",
        "请查看 ISCDesk：可能需要先在那里把许可分配给您。然后重新请求。",
    ),
    "ISCB-LIC-DELIVERY-FAILED": (
        "ISCDesk 未能交付许可",
        "ISCDesk 对产品“{product}”的许可请求回复了失败，没有说明原因。没有任何改动：您已有的许可继续有效。",
        "请向管理许可的人员确认是否已为您分配许可，然后重新请求。",
    ),
    "ISCB-LIC-STRAY-DELIVERY": (
        "收到了没有人等待的许可",
        "ISCDesk 发来了一个许可的消息，但没有应用程序在等待它。ISCDesk 没有说明它属于哪个产品，因此 ISCBridge 不使用它。",
        "无需处理。如果某个应用程序仍然需要许可，请让它重新请求。",
    ),
    "ISCB-LIC-NOT-ASKED": (
        "当前不需要验证",
        "没有产品“{product}”的许可在等待此程序验证：没有交付给它的许可，或者已经验证过，或者验证时间已过。没有任何改动。",
        "请重新请求许可，并验证随后收到的许可。",
    ),
    "ISCB-LIC-NOT-VERIFIED": (
        "交付的许可未经验证",
        "ISCDesk 为产品“{product}”交付了许可，但被要求验证它的应用程序没有及时回答。该许可未被使用。本机上的工作不受影响。",
        "请重新启动该应用程序：它会重新请求许可。",
    ),
    "ISCB-LIC-HOST-REFUSED": (
        "应用程序不接受该许可",
        "“{product}”认为 ISCDesk 交付的许可无效：{detail}。新的云操作需要有效的许可；本机上的保存不受影响。",
        "请向厂商索取适用于本机的许可，然后重新请求。",
    ),
    "ISCB-LIC-VERIFY-KEY": (
        "厂商的密钥无法使用",
        "用于验证许可的密钥不是 Ed25519 公钥。没有据此判定任何许可，也没有任何改动。",
        "请向厂商索取正确的策略文件。",
    ),
    "ISCB-LIC-FILE-FORMAT": (
        "ISCBridge 无法读取该许可",
        "许可的格式不正确：{detail}。新的云操作需要有效的许可；本机上的保存不受影响。",
        "请确认许可完整且未被改动。如果确实如此，请向厂商索取新的许可。",
    ),
    "ISCB-LIC-FILE-SIGNATURE": (
        "许可不是厂商签发的，或已被改动",
        "许可的签名不符。只要改动一个字符就会如此。新的云操作需要有效的许可；本机上的保存不受影响。",
        "请使用厂商发来的原始许可。如果仍然无效，请向厂商索取新的许可。",
    ),
    "ISCB-LIC-FILE-PRODUCT": (
        "许可属于另一个产品",
        "该许可属于“{found}”，而不是“{product}”。新的云操作需要相符的许可；本机上的保存不受影响。",
        "请向厂商或管理许可的人员索取“{product}”的许可。",
    ),
    "ISCB-LIC-FILE-DEVICE": (
        "许可属于另一台计算机",
        "该许可签发给另一台计算机，其大部分部件与本机不同。新的云操作需要适用于本机的许可；在本机上保存不受影响。",
        "请在本机上重新请求许可。如果计算机经过维修或更换，请告知厂商。",
    ),
    "ISCB-LIC-FILE-EXPIRED": (
        "许可已过期",
        "交付的许可有效期至 {expires}。新的云操作停止；本机上的保存不受影响。",
        "请续订许可，然后重新请求。如果本机日期不正确，请更正。",
    ),
    "ISCB-LIC-FILE-NOT-YET": (
        "许可尚未生效",
        "许可的签发时间为 {issued}，本机时钟尚未到达该时间。新的云操作需要等待；本机上的保存不受影响。",
        "请检查本机的日期和时间，然后重新请求许可。",
    ),
    "ISCB-LIC-FILE-UNREADABLE": (
        "无法读取许可文件",
        "无法读取“{path}”：{detail}。没有据此作出任何判定：您已有的许可继续有效。",
        "请检查该文件及其所在的磁盘，然后重新请求许可。",
    ),
    # device fingerprint
    "ISCB-DEVICE-LOAD": (
        "无法识别本机",
        "ISCBridge 中用于识别本机的组件无法加载：{path}（{detail}）。许可无法绑定到本机。本地工作和保存不受影响。",
        "请修复或重新安装 ISCBridge。",
    ),
    # store: Open API
    "ISCB-STORE-ILLEGAL-STATE": (
        "云商店表示该授权码目前不能激活",
        "授权码所处的状态不允许激活（{storeCode}）。多数情况下它此前已激活，并且继续有效。",
        "ISCBridge 会向云商店查询其状态。如仍无法解决，请在云商店的“已购买资源”中查看。",
    ),
    "ISCB-STORE-NOT-RECEIVED": (
        "授权码尚未在云商店领取",
        "购买者须先在云商店领取授权码，之后才能激活。本机上的文件不受影响。",
        "请购买者在云商店打开该订单并领取授权码，然后重新激活。",
    ),
    "ISCB-STORE-NO-SUCH-CODE": (
        "云商店没有此授权码",
        "云商店中不存在使用该授权码的许可。本机上的文件不受影响。",
        "请对照云商店页面或收到的通知逐字核对授权码，然后重新输入。",
    ),
    "ISCB-STORE-ILLEGAL-CODE": (
        "云商店不接受此授权码",
        "云商店认为该授权码无效。本机上的文件不受影响。",
        "请逐字核对授权码后重新输入。如果无误，请联系销售方。",
    ),
    "ISCB-STORE-NOT-ACTIVATED": (
        "授权码尚未激活",
        "云商店有该授权码，但它还没有激活。",
        "请运行“iscbridge license activate”或在 CAD 软件中激活。",
    ),
    "ISCB-STORE-INTERNAL": (
        "云商店自身出现问题",
        "云商店报告内部错误。许可没有变化，可以继续工作。",
        "无需操作，ISCBridge 会自动重试。",
    ),
    "ISCB-STORE-PARAM": (
        "云商店无法识别授权码",
        "授权码的格式不被云商店接受：过长、为空，或含有授权码中不会出现的字符。",
        "请重新复制授权码，前后不要带空格。如果无误，请告知软件开发商。",
    ),
    "ISCB-STORE-REQUEST": (
        "云商店无法识别请求",
        "云商店拒绝了请求的格式（{storeCode}）。许可没有变化，可以继续工作。",
        "请更新 ISCBridge。如果已是最新版本，请反馈此代码。",
    ),
    "ISCB-STORE-ACCOUNT": (
        "云商店不允许此账号访问",
        "供应商的账号无权使用该接口（{storeCode}）。许可没有变化，可以继续工作。",
        "请供应商在卖家中心检查账号：须开通编程访问，且账号状态正常。",
    ),
    "ISCB-STORE-NO-SUCH-API": (
        "云商店没有提供该接口",
        "云商店答复该接口不存在（{storeCode}）。许可没有变化，可以继续工作。",
        "请更新 ISCBridge。如果已是最新版本，请告知软件供应商。",
    ),
    "ISCB-STORE-GATEWAY": (
        "云商店的网关出现问题",
        "云商店前端的网关未能转发请求（{storeCode}）。许可没有变化。",
        "无需操作，ISCBridge 会自动重试。如果持续数天，请告知软件供应商。",
    ),
    "ISCB-STORE-AUTH": (
        "云商店拒绝了供应商的密钥",
        "请求的签名未被接受。连续两次被拒绝后，ISCBridge 不再查询，否则密钥会对所有人锁定。",
        "请供应商检查访问密钥及其私有密钥，并重新设置。",
    ),
    "ISCB-STORE-CLOCK": (
        "本机时钟与云商店相差过大",
        "时间相差超过 15 分钟的请求会被云商店拒绝。许可没有变化。",
        "请校准本机的日期、时间和时区，然后重试。",
    ),
    "ISCB-STORE-KEY-LOCKED": (
        "供应商的密钥被暂时锁定",
        "签名多次被拒绝后，云商店会将密钥锁定五分钟。许可没有变化，可以继续工作。",
        "请等待五分钟，在此之前 ISCBridge 不会查询。如果再次出现，请供应商检查密钥用在何处。",
    ),
    "ISCB-STORE-AUTH-STOPPED": (
        "ISCBridge 已停止向云商店查询",
        "云商店连续两次拒绝了供应商的密钥。继续被拒绝会使密钥对所有人锁定，因此 ISCBridge 不再自动查询。",
        "请供应商检查并重新设置密钥，然后选择“刷新”或运行“iscbridge license refresh”，即可再试一次。",
    ),
    "ISCB-STORE-THROTTLED": (
        "云商店繁忙",
        "云商店暂时不再接受请求。许可没有变化，可以继续工作。",
        "无需操作，ISCBridge 稍后会自动重试。",
    ),
    "ISCB-STORE-UNAVAILABLE": (
        "云商店不可用",
        "云商店或其网关答复失败（HTTP {status}）。许可没有变化，可以继续工作。",
        "无需操作，ISCBridge 会自动重试。",
    ),
    "ISCB-STORE-UNEXPECTED": (
        "云商店的答复未知",
        "答复 {storeCode} 没有公开说明，因此不作任何判断。许可没有变化。",
        "ISCBridge 会自动重试。如果持续出现，请更新 ISCBridge 或反馈此代码。",
    ),
    "ISCB-STORE-UNREADABLE": (
        "云商店的答复无法识别",
        "收到了答复，但无法从中确定所查询的内容：{detail}。许可没有变化。",
        "ISCBridge 会自动重试。如果持续出现，请更新 ISCBridge，或附上日志反馈。",
    ),
    "ISCB-STORE-USE-REFUSED": (
        "云商店没有接受使用报告",
        "每日的软件使用报告未通过云商店的校验。许可不受影响。",
        "无需操作，ISCBridge 会再次报告。如果持续出现，请告知软件供应商。",
    ),
    "ISCB-STORE-UNREACHABLE": (
        "无法连接云商店",
        "未能与云商店建立连接：{detail}。许可没有变化，可以继续工作。",
        "请检查网络连接，ISCBridge 会自动重试。",
    ),
    "ISCB-STORE-TLS": (
        "无法验证云商店的身份",
        "对方未能证明自己是 {host}：{detail}。没有向其发送任何内容。",
        "请检查本机日期。在企业网络中，可能需要管理员安装安全网关的证书。",
    ),
    "ISCB-STORE-TIMEOUT": (
        "云商店没有及时答复",
        "{seconds} 秒内没有收到完整的答复。许可没有变化，可以继续工作。",
        "请检查网络连接，ISCBridge 会自动重试。",
    ),
    "ISCB-STORE-LOST": (
        "云商店的答复丢失",
        "请求已发出，但连接在收到答复之前中断。请求可能已送达，不会再次发送。",
        "ISCBridge 会向云商店查询授权码的状态。如仍无法确定，请重试。",
    ),
    "ISCB-STORE-PROXY": (
        "代理服务器无法使用",
        "访问云商店须经过代理服务器 {proxy}，但未成功：{detail}。没有向云商店发送任何内容。",
        "请检查设置项 network.proxy、系统的代理设置以及网络连接。",
    ),
    "ISCB-STORE-PROXY-AUTH": (
        "代理服务器要求用户名和密码",
        "代理服务器 {proxy} 拒绝了连接：没有提供登录信息、登录信息有误，或其类型不被接受。",
        "请重新设置代理服务器的用户名和密码。ISCBridge 只支持 Basic 认证，其他方式请联系管理员放行。",
    ),
    "ISCB-STORE-OWN-KEYS": (
        "本机持有供应商整个账号的密钥",
        "许可使用可访问供应商整个云商店账号的密钥进行检查。这样的密钥绝不能出现在客户的电脑上。",
        "仅限在供应商自己的测试电脑上使用。如果本机不是，请删除密钥，并请供应商更换密钥。",
    ),
    # bridge
    "ISCB-BRIDGE-NOT-RUNNING": (
        "ISCBridge 没有运行",
        "当前用户没有正在运行的 ISCBridge。未发送任何内容。",
        "请运行“iscbridge serve”启动它，或在本命令中加上 --start。",
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
    "license": "正在核对许可证",
    "fileRestless": "文件一直在变化，等待其稳定",
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
    "solve": "解决方案",
}

#: Sentences of the command line, `doctor` and the demo.
MESSAGES: dict[str, str] = {
    "setting.secrets.store": "授权码和密钥存放在哪里：桌面的密钥环，或者配置中只有您本人能读取的文件。“auto”使用密钥环；在没有密钥环的 Windows 上，使用由您的登录保护的文件。",
    "setting.network.proxy": "访问商店时使用的代理服务器。“auto”采用环境变量或操作系统的设置，“none”表示直接连接。",
    "parameter.missing": "（未知）",
    "parameter.missing.detail": "没有更多信息",
    "license.state.unmanaged": "不需要许可",
    "license.state.not_activated": "未激活",
    "license.state.active": "有效",
    "license.state.offline_grace": "有效，最近未能检查",
    "license.state.grace_over": "太久未能检查",
    "license.state.frozen": "已到期，可续期",
    "license.state.expired": "已到期",
    "license.state.released": "已退回或退款",
    "license.state.refused": "被拒绝",
    "license.state.clock_suspect": "时钟被调回",
    "license.state.machine_changed": "绑定在另一台电脑上",
    # notices of licences
    "license.notActivated": "“{product}”在本机上没有有效的许可证。输入一次授权码即可使用云端；在本机上工作不受影响。",
    "license.graceEndsIn": "“{product}”的许可证已有一段时间未能检查。如果本机一直不联网，最多 {days} 天后将不能进行新的云端操作；在此之前一切照常。",
    "license.graceEndsTomorrow": "“{product}”的许可证已有一段时间未能检查。如果本机一直不联网，24 小时内将不能进行新的云端操作；在此之前一切照常。",
    "license.termEndsIn": "据目前所知，“{product}”的许可证将在 {days} 天内到期。请及时续费；无需再次输入授权码。",
    "license.termEndsTomorrow": "据目前所知，“{product}”的许可证将在 24 小时内到期。请及时续费；无需再次输入授权码。",
    "license.termPassed": "据本机所知，“{product}”的许可证期限已过；如已续费，下次检查时即会显示。在此之前一切照常：请联网一次。",
    "license.graceOver": "“{product}”的许可证太久未能检查。本机联网一次之前不能进行新的云端操作；没有任何内容丢失，在本机上工作不受影响。",
    "license.frozen": "“{product}”的许可证已被冻结。已受理的任务会照常完成，在本机上工作不受影响；如需进行新的云端操作，请在 {url} 续费。",
    "license.frozenNoUrl": "“{product}”的许可证已被冻结。已受理的任务会照常完成，在本机上工作不受影响；如需进行新的云端操作，请在购买处续费。",
    "license.expired": "“{product}”的许可证已到期。已受理的任务会照常完成，在本机上工作不受影响；如需进行新的云端操作，请在 {url} 续费。",
    "license.expiredNoUrl": "“{product}”的许可证已到期。已受理的任务会照常完成，在本机上工作不受影响；如需进行新的云端操作，请在购买处续费。",
    "license.released": "“{product}”的许可证已退订或释放。已受理的任务会照常完成，在本机上工作不受影响；进行新的云端操作需要新的授权码。",
    "license.refused": "“{product}”的许可证未被接受。此前已受理的任务会照常完成，在本机上工作不受影响；如需进行新的云端操作，请核对授权码并重新输入。",
    "license.clockSuspect": "本机的时钟被调回，因此无法计算“{product}”的许可证。请调准时钟或联网一次；在本机上工作不受影响。",
    "license.machineChanged": "“{product}”的许可证是在另一台计算机上激活的。如需进行新的云端操作，请在本机上重新激活；在本机上工作不受影响。",
}

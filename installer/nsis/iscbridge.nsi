; The installer of ISCBridge. Made by build_setup.py, which defines VERSION, VERSION4, PAYLOAD_NSH, HELPER, OUT, LICENSE,
; CORE_FILES, CORE_BYTES, SANDBOX_FILES, ALL_FILES, ALL_BYTES, KILOBYTES, ARP_SIZE and COMPRESS. docs/administration.md has its switches and exit codes.
Unicode true
; The usual 32-bit stub does nothing at all on a Windows without 32-bit programs, and says that all is well.
Target amd64-unicode
ManifestDPIAware true
ManifestSupportedOS Win10
RequestExecutionLevel user
!if "${COMPRESS}" == "none"
  SetCompress off
!else
  SetCompressor ${COMPRESS}
!endif

!define APP "ISCBridge"
!define APP_ID "ISCBridge.ISCBridge"
!define ARP "Software\Microsoft\Windows\CurrentVersion\Uninstall\${APP}"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define RUN_APPROVED "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
!define UNFINISHED "setup-unfinished"
!define STATE "setup.ini"

Name "${APP}"
BrandingText "${APP} ${VERSION}"
OutFile "${OUT}"
!ifdef SIGN
  !uninstfinalize '${SIGN}' = 0
!endif
InstallDir ""
ShowInstDetails nevershow
ShowUninstDetails nevershow
AllowSkipFiles off

VIProductVersion "${VERSION4}"
VIFileVersion "${VERSION4}"
VIAddVersionKey "ProductName" "${APP}"
VIAddVersionKey "FileDescription" "${APP} Setup"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "${APP}"
VIAddVersionKey "LegalCopyright" "See LICENSE and NOTICE"

!include MUI2.nsh
!include LogicLib.nsh
!include WinVer.nsh
!include x64.nsh
!include Sections.nsh
!include FileFunc.nsh

Var Everybody      ; 1: for all users of this computer
Var ProgressFile
Var ExitCode
Var Complaint      ; what did not succeed beside the installation itself
Var OldVersion
Var Restart        ; 1: the tray ran, and is started again
Var Patience       ; seconds for ISCBridge to close
Var Lock           ; on the folder: one installation or removal at a time
Var Value

ReserveFile "${HELPER}"

!include "${__FILEDIR__}\helper.nsh"
!include "${__FILEDIR__}\wizard.nsh"
!include "${__FILEDIR__}\texts.nsh"
!include "${__FILEDIR__}\closing.nsh"
!include "${__FILEDIR__}\entries.nsh"
!include "${__FILEDIR__}\begin.nsh"
!include "${__FILEDIR__}\install.nsh"
!include "${__FILEDIR__}\uninstall.nsh"

; Before anything is changed: switches, rights, and what is there already.

Function .onInit
  Call LoadHelper
  StrCpy $ExitCode 0
  StrCpy $Complaint ""
  StrCpy $Restart 0
  !insertmacro Option "Lang"
  ${If} $Value == "zh"
    StrCpy $LANGUAGE ${LANG_SIMPCHINESE}
  ${ElseIf} $Value == "en"
    StrCpy $LANGUAGE ${LANG_ENGLISH}
  ${EndIf}
  !insertmacro Option "Progress"
  StrCpy $ProgressFile $Value
  System::Call '$PLUGINSDIR\setup.dll::UnknownOption(w "AllUsers CurrentUser Sandbox NoSandbox Autostart= Hosts= Start NoStart Force Downgrade Wait= Progress= Lang= PolicyFile= LicenseCodeFile=", w .r1, i 200) i.r0'
  ${If} $0 == 1
    !insertmacro Fail "" 3 "$(unknown_option)"
  ${EndIf}
  ${IfNot} ${RunningX64}
  ${OrIfNot} ${AtLeastWin10}
    !insertmacro Fail "" 8 "$(unsupported)"
  ${EndIf}
  Call ReadPatience
  Call FindScope
  Call FindPlace
  Call CheckVersion
  Call ChooseSections
FunctionEnd

; For whom: what the switch says, else as it is installed already, else for this user.
Function FindScope
  SetRegView 64
  StrCpy $Everybody 0
  !insertmacro Option "AllUsers"
  ${If} $R0 == 1
    StrCpy $Everybody 1
  ${Else}
    !insertmacro Option "CurrentUser"
    ${If} $R0 == 0
      ReadRegStr $0 HKCU "${ARP}" "InstallLocation"
      ReadRegStr $1 HKLM "${ARP}" "InstallLocation"
      ${If} $0 == ""
      ${AndIf} $1 != ""
        StrCpy $Everybody 1
      ${EndIf}
    ${EndIf}
  ${EndIf}
  ${If} $Everybody == 1
    Call CheckTogether
    Call HasRights
    ${If} $R0 != 1
      Call AskForRights
    ${EndIf}
  ${EndIf}
  Call SetScope
FunctionEnd

Function CheckTogether
  !insertmacro Option "Hosts"
  StrCpy $R1 $R0
  !insertmacro Option "LicenseCodeFile"
  IntOp $R1 $R1 + $R0
  !insertmacro Option "Start"
  IntOp $R1 $R1 + $R0
  ${If} $R1 > 0
    !insertmacro Fail "" 3 "$(not_together)"
  ${EndIf}
FunctionEnd

; Where somebody looks on, Windows asks for the rights; a silent installation never asks.
Function AskForRights
  IfSilent refused
  ${GetParameters} $0
  ${If} $INSTDIR != ""
    StrCpy $0 "$0 /D=$INSTDIR"  ; which NSIS has taken from the line already
  ${EndIf}
  ClearErrors
  ExecShell "runas" "$EXEPATH" "/AllUsers $0"
  ${IfNot} ${Errors}
    SetErrorLevel 0
    Quit
  ${EndIf}
  refused:
  !insertmacro Fail "" 4 "$(needs_admin)"
FunctionEnd

; /D=FOLDER, else where it is, else the usual place.
Function FindPlace
  ReadRegStr $OldVersion SHCTX "${ARP}" "DisplayVersion"
  ReadRegStr $2 SHCTX "${ARP}" "InstallLocation"
  ${If} $INSTDIR == ""
    StrCpy $INSTDIR $2
  ${EndIf}
  ${If} $INSTDIR == ""
    ${If} $Everybody == 1
      StrCpy $INSTDIR "$PROGRAMFILES64\${APP}"
    ${Else}
      StrCpy $INSTDIR "$LOCALAPPDATA\Programs\${APP}"
    ${EndIf}
  ${EndIf}
  ${If} $2 != ""
  ${AndIf} $2 != $INSTDIR
  ${AndIf} ${FileExists} "$2\uninstall.exe"
    !insertmacro Fail "" 10 "$(elsewhere)"
  ${EndIf}
  System::Call '$PLUGINSDIR\setup.dll::IsForeign(w "$INSTDIR") i.r0'
  ${If} $0 == 1
    !insertmacro Fail "" 10 "$(foreign)"
  ${EndIf}
  System::Call '$PLUGINSDIR\setup.dll::HasRoom(w "$INSTDIR", i ${KILOBYTES}) i.r0'
  ${If} $0 != 1
    !insertmacro Fail "" 6 "$(no_room)"
  ${EndIf}
FunctionEnd

Function CheckVersion
  !insertmacro Option "Downgrade"
  ${If} $OldVersion == ""
  ${OrIf} $R0 == 1
    Return
  ${EndIf}
  System::Call '$PLUGINSDIR\setup.dll::CompareVersions(w "$OldVersion", w "${VERSION}") i.r0'
  ${If} $0 > 0
    !insertmacro Fail "" 7 "$(newer)"
  ${EndIf}
FunctionEnd

Function Cancelled
  SetErrorLevel 1
  StrCpy $0 2
  StrCpy $1 0
  StrCpy $2 "$(cancelled)"
  Call WriteProgress
FunctionEnd

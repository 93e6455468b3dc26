; Removing. Each step may be done again: what failed, or was ended in between, goes on at the next time. The entry among
; the installed programs and the uninstaller itself go last.

Section "un.ISCBridge" UnCore
  SectionIn RO
  !insertmacro Advance "un." 1
  !insertmacro TakeLock "un."
  Call un.Close
  !insertmacro Advance "un." 10
  Call un.RemoveHosts
  !insertmacro Advance "un." 20
  System::Call '$PLUGINSDIR\setup.dll::TakeAway(w "$INSTDIR") i.r1'
  ${If} $1 != 0
    !insertmacro Fail "un." 6 "$(not_removed)"
  ${EndIf}
  !insertmacro Advance "un." 30
  Call un.RemoveEntries
  System::Call '$PLUGINSDIR\setup.dll::RemoveRemains(w "$INSTDIR") i.r1'
  ${If} $1 != 0
    !insertmacro Fail "un." 6 "$(not_removed)"
  ${EndIf}
  !insertmacro Advance "un." 80
SectionEnd

Section /o "un.$(data_name)" UnData
  Call un.RemoveData
SectionEnd

Section "-un.last" UnLast
  Delete "$INSTDIR\${UNFINISHED}"
  Delete "$INSTDIR\${STATE}"
  DeleteRegKey SHCTX "${ARP}"
  Delete "$INSTDIR\uninstall.exe"
  !insertmacro GiveLockBack
  RMDir "$INSTDIR"
  StrCpy $0 1
  StrCpy $1 100
  StrCpy $2 "$Complaint"
  Call un.WriteProgress
  ${If} $Complaint != ""
    SetErrorLevel 9
  ${Else}
    SetErrorLevel 0
  ${EndIf}
SectionEnd

!insertmacro MUI_UNFUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${UnData} "$(data_about)"
!insertmacro MUI_UNFUNCTION_DESCRIPTION_END

Function un.onInit
  Call un.LoadHelper
  StrCpy $ExitCode 0
  StrCpy $Complaint ""
  !insertmacro Option "Lang"
  ${If} $Value == "zh"
    StrCpy $LANGUAGE ${LANG_SIMPCHINESE}
  ${ElseIf} $Value == "en"
    StrCpy $LANGUAGE ${LANG_ENGLISH}
  ${EndIf}
  !insertmacro Option "Progress"
  StrCpy $ProgressFile $Value
  System::Call '$PLUGINSDIR\setup.dll::UnknownOption(w "RemoveData Force Wait= Progress= Lang=", w .r1, i 200) i.r0'
  ${If} $0 == 1
    !insertmacro Fail "un." 3 "$(unknown_option)"
  ${EndIf}
  Call un.ReadPatience
  Call un.FindScope
  !insertmacro Option "RemoveData"
  ${If} $R0 == 1
    !insertmacro SelectSection ${UnData}
  ${EndIf}
FunctionEnd

; By the note of the installation; where that is gone already, by who is entered for this folder.
Function un.FindScope
  SetRegView 64
  System::Call '$PLUGINSDIR\setup.dll::IsForeign(w "$INSTDIR") i.r0'
  ${If} $0 == 1
    !insertmacro Fail "un." 10 "$(foreign)"
  ${EndIf}
  ReadINIStr $Everybody "$INSTDIR\${STATE}" "setup" "everybody"
  ${If} $Everybody == ""
    StrCpy $Everybody 0
    ReadRegStr $0 HKLM "${ARP}" "InstallLocation"
    ${If} $0 == $INSTDIR
      StrCpy $Everybody 1
    ${EndIf}
  ${EndIf}
  ${If} $Everybody == 1
    Call un.HasRights
    ${If} $R0 != 1
      IfSilent refused
      ${GetParameters} $0
      ClearErrors
      ExecShell "runas" "$INSTDIR\uninstall.exe" "$0"
      ${IfNot} ${Errors}
        SetErrorLevel 0
        Quit
      ${EndIf}
      refused:
      !insertmacro Fail "un." 4 "$(needs_admin)"
    ${EndIf}
  ${EndIf}
  Call un.SetScope
FunctionEnd

; Add-ins that this user put into CAD applications; files that somebody changed stay.
Function un.RemoveHosts
  ${If} $Everybody != 1
  ${AndIf} ${FileExists} "$INSTDIR\app\iscbridge.exe"
    System::Call `$PLUGINSDIR\setup.dll::RunHidden(w '"$INSTDIR\app\iscbridge.exe" hosts remove freecad', i 60) i.r0`
  ${EndIf}
FunctionEnd

Function un.RemoveEntries
  Delete "$SMPROGRAMS\${APP}.lnk"
  Call un.RemoveRun
  ${If} $Everybody == 1
    SetShellVarContext current
    Call un.RemoveRun
    SetShellVarContext all
    ReadEnvStr $0 "ProgramData"
    RMDir "$0\ISCBridge"  ; only if nothing is in it
  ${EndIf}
FunctionEnd

; Only an entry that leads here: another copy of the program keeps its own.
Function un.RemoveRun
  ReadRegStr $0 SHCTX "${RUN}" "${APP}"
  StrLen $1 "$INSTDIR\app\"
  StrCpy $2 $0 $1
  IntOp $1 $1 + 1
  StrCpy $3 $0 $1
  ${If} $2 == "$INSTDIR\app\"
  ${OrIf} $3 == '"$INSTDIR\app\'
    DeleteRegValue SHCTX "${RUN}" "${APP}"
    DeleteRegValue SHCTX "${RUN_APPROVED}" "${APP}"
  ${EndIf}
FunctionEnd

; What belongs to the user who removes it; what an administrator wrote for all, if it was installed for all.
Function un.RemoveData
  SetShellVarContext current
  System::Call '$PLUGINSDIR\setup.dll::RemoveTree(w "$LOCALAPPDATA\ISCBridge") i.r1'
  System::Call '$PLUGINSDIR\setup.dll::ForgetCredentials() i.r2'
  IntOp $1 $1 + $2
  ${If} $1 != 0
    StrCpy $1 "$(not_forgotten)"
    Call un.Complain
  ${EndIf}
  ${If} $Everybody == 1
    ReadEnvStr $0 "ProgramData"
    System::Call '$PLUGINSDIR\setup.dll::RemoveTree(w "$0\ISCBridge") i.r1'
  ${EndIf}
  Call un.SetScope
FunctionEnd

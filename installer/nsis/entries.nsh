; Entries in the registry and the Start menu. HKCU for one user, HKLM for all: SHCTX follows SetShellVarContext.

!macro EntryFunctions un

; Whose entries these are. Afterwards $LOCALAPPDATA is still the user's own folder only while nobody set "all".
Function ${un}SetScope
  SetRegView 64
  ${If} $Everybody == 1
    SetShellVarContext all
  ${Else}
    SetShellVarContext current
  ${EndIf}
FunctionEnd

; $R0: 1 if this process may write for all users.
Function ${un}HasRights
  UserInfo::GetAccountType
  Pop $R0
  ${If} $R0 == "Admin"
    StrCpy $R0 1
  ${Else}
    StrCpy $R0 0
  ${EndIf}
FunctionEnd

!macroend

!insertmacro EntryFunctions ""
!insertmacro EntryFunctions "un."

Function WriteArp
  WriteRegStr SHCTX "${ARP}" "DisplayName" "${APP}"
  WriteRegStr SHCTX "${ARP}" "DisplayVersion" "${VERSION}"
  WriteRegStr SHCTX "${ARP}" "Publisher" "${APP}"
  WriteRegStr SHCTX "${ARP}" "InstallLocation" "$INSTDIR"
  WriteRegStr SHCTX "${ARP}" "DisplayIcon" "$INSTDIR\app\ISCBridgeTray.exe,0"
  WriteRegStr SHCTX "${ARP}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr SHCTX "${ARP}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD SHCTX "${ARP}" "EstimatedSize" ${ARP_SIZE}
  WriteRegDWORD SHCTX "${ARP}" "NoModify" 1
  WriteRegDWORD SHCTX "${ARP}" "NoRepair" 1
FunctionEnd

Function WriteShortcut
  System::Call '$PLUGINSDIR\setup.dll::Shortcut(w "$SMPROGRAMS\${APP}.lnk", w "$INSTDIR\app\ISCBridgeTray.exe", w "tray --window activity", w "${APP_ID}") i.r0'
FunctionEnd

; In: $R3 on or off. What starts is what ISCBridge itself would enter; its setting says the same.
Function SetAutostart
  ${If} $R3 == "on"
    WriteRegStr SHCTX "${RUN}" "${APP}" '$INSTDIR\app\ISCBridgeTray.exe tray --quiet'
    ${If} $INSTDIR != ""
      Push $INSTDIR
      Call HasBlank
      Pop $0
      ${If} $0 == 1
        WriteRegStr SHCTX "${RUN}" "${APP}" '"$INSTDIR\app\ISCBridgeTray.exe" tray --quiet'
      ${EndIf}
    ${EndIf}
  ${Else}
    DeleteRegValue SHCTX "${RUN}" "${APP}"
  ${EndIf}
  ${If} $Everybody != 1
    System::Call `$PLUGINSDIR\setup.dll::RunHidden(w '"$INSTDIR\app\iscbridge.exe" config set general.autostart $R3', i 60) i.r0`
    ${If} $0 != 0
      StrCpy $1 "$(autostart_failed)"
      Call Complain
    ${EndIf}
  ${EndIf}
FunctionEnd

; Stack: a text. Back: 1 if it holds a blank, and must be quoted.
Function HasBlank
  Exch $0
  Push $1
  Push $2
  StrCpy $1 0
  next:
    StrCpy $2 $0 1 $1
    StrCmp $2 "" none
    StrCmp $2 " " found
    IntOp $1 $1 + 1
    Goto next
  found:
    StrCpy $0 1
    Goto done
  none:
    StrCpy $0 0
  done:
  Pop $2
  Pop $1
  Exch $0
FunctionEnd

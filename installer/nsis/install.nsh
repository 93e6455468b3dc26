; Installing: everything is laid out in app.new while the old version goes on working; then ISCBridge closes, app.new
; becomes app, and the old one is removed. Whatever ends it in between, the next installation goes on.

!include "${PAYLOAD_NSH}"

Section "$(core_name)" SecCore
  SectionIn RO
  AddSize ${ARP_SIZE}
  Call Prepare
  Call Unpack
  Call CheckFiles
  !insertmacro Advance "" 75
  Call Close
  !insertmacro Advance "" 80
  System::Call '$PLUGINSDIR\setup.dll::ChangeOver(w "$INSTDIR") i.r1'
  ${If} $1 != 0
    Push $1
    Call StartAgain
    Pop $1
    !insertmacro Fail "" 6 "$(not_written)"
  ${EndIf}
  !insertmacro Advance "" 85
  Call Enter
SectionEnd

Section /o "$(sandbox_name)" SecSandbox
SectionEnd

Section /o "$(autostart_name)" SecAutostart
  StrCpy $R3 "on"
  Call SetAutostart
SectionEnd

Section /o "$(freecad_name)" SecFreecad
  StrCpy $R1 "freecad"
  Call InstallHost
SectionEnd

Section "-extras" SecExtras
  Call AutostartOff
  Call InstallHosts
  Call SecureFolder
  Call TakePolicy
  !insertmacro Advance "" 95
  Call StartAgain
  Call ActivateLicence
  Delete "$INSTDIR\${UNFINISHED}"
  !insertmacro GiveLockBack
  StrCpy $0 1
  StrCpy $1 100
  StrCpy $2 "$Complaint"
  Call WriteProgress
  ${If} $Complaint != ""
    SetErrorLevel 9
  ${Else}
    SetErrorLevel 0
  ${EndIf}
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${SecCore} "$(core_about)"
  !insertmacro MUI_DESCRIPTION_TEXT ${SecSandbox} "$(sandbox_about)"
  !insertmacro MUI_DESCRIPTION_TEXT ${SecAutostart} "$(autostart_about)"
  !insertmacro MUI_DESCRIPTION_TEXT ${SecFreecad} "$(freecad_about)"
!insertmacro MUI_FUNCTION_DESCRIPTION_END

; The mark of an installation that did not come to its end; what an earlier one left behind; the way to remove it.
Function Prepare
  !insertmacro Advance "" 1
  CreateDirectory "$INSTDIR"
  !insertmacro TakeLock ""
  ClearErrors
  FileOpen $0 "$INSTDIR\${UNFINISHED}" w
  ${If} ${Errors}
    System::Call 'kernel32::GetLastError() i.r1'
    !insertmacro Fail "" 6 "$(not_written)"
  ${EndIf}
  FileWrite $0 "${VERSION}"
  FileClose $0
  System::Call '$PLUGINSDIR\setup.dll::PutBack(w "$INSTDIR") i.r0'
  System::Call '$PLUGINSDIR\setup.dll::RemoveRemains(w "$INSTDIR") i.r0'
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteINIStr "$INSTDIR\${STATE}" "setup" "everybody" "$Everybody"
  WriteINIStr "$INSTDIR\${STATE}" "setup" "sandbox" "0"
  ${If} ${SectionIsSelected} ${SecSandbox}
    WriteINIStr "$INSTDIR\${STATE}" "setup" "sandbox" "1"
  ${EndIf}
  ReadRegStr $0 SHCTX "${ARP}" "DisplayVersion"
  ${If} $0 == ""
    Call WriteArp
  ${EndIf}
  !insertmacro Advance "" 3
FunctionEnd

Function Unpack
  ClearErrors
  !insertmacro PayloadCore
  ${If} ${SectionIsSelected} ${SecSandbox}
    !insertmacro PayloadSandbox
  ${EndIf}
FunctionEnd

; Every file is there, in its full length: a full disk does not always say so.
Function CheckFiles
  SetOutPath "$TEMP"  ; the working folder follows, and app.new must be free to be renamed
  ${If} ${Errors}
    StrCpy $0 0
  ${ElseIf} ${SectionIsSelected} ${SecSandbox}
    System::Call '$PLUGINSDIR\setup.dll::IsComplete(w "$INSTDIR\app.new", i ${ALL_FILES}, w "${ALL_BYTES}") i.r0'
  ${Else}
    System::Call '$PLUGINSDIR\setup.dll::IsComplete(w "$INSTDIR\app.new", i ${CORE_FILES}, w "${CORE_BYTES}") i.r0'
  ${EndIf}
  ${If} $0 != 1
    !insertmacro Fail "" 6 "$(not_complete)"
  ${EndIf}
FunctionEnd

Function Enter
  System::Call '$PLUGINSDIR\setup.dll::RemoveRemains(w "$INSTDIR") i.r0'
  Call WriteArp
  Call WriteShortcut
  !insertmacro Advance "" 90
FunctionEnd

; What is chosen beforehand: by switches, else as it was installed, else what suits most.
Function ChooseSections
  !insertmacro Option "Sandbox"
  StrCpy $R4 $R0
  ReadINIStr $R6 "$INSTDIR\${STATE}" "setup" "sandbox"
  !insertmacro Option "NoSandbox"
  ${If} $R6 == 1
  ${AndIf} $R0 == 0
    StrCpy $R4 1
  ${EndIf}
  ${If} $R4 == 1
    !insertmacro SelectSection ${SecSandbox}
  ${EndIf}
  !insertmacro Option "Autostart"
  ${If} $Value == "on"
    !insertmacro SelectSection ${SecAutostart}
  ${ElseIf} $Value != ""
  ${AndIf} $Value != "off"
    StrCpy $1 "/Autostart=$Value"
    !insertmacro Fail "" 3 "$(unknown_option)"
  ${EndIf}
  ${If} $Everybody == 1
    SectionSetText ${SecFreecad} ""
    Return
  ${EndIf}
  IfSilent known
  ${If} ${FileExists} "$PROGRAMFILES64\FreeCAD*"
  ${OrIf} ${FileExists} "$LOCALAPPDATA\Programs\FreeCAD*"
    !insertmacro SelectSection ${SecFreecad}
  ${EndIf}
  known:
FunctionEnd

Function AutostartOff
  !insertmacro Option "Autostart"
  ${If} $Value == "off"
    StrCpy $R3 "off"
    Call SetAutostart
  ${EndIf}
FunctionEnd

; In: $R1 the host's name.
Function InstallHost
  System::Call `$PLUGINSDIR\setup.dll::RunHidden(w '"$INSTDIR\app\iscbridge.exe" hosts install "$R1"', i 120) i.r0`
  ${If} $0 != 0
    StrCpy $1 "$(host_failed)"
    Call Complain
  ${EndIf}
FunctionEnd

; /Hosts=freecad,kicad
Function InstallHosts
  !insertmacro Option "Hosts"
  StrCpy $R5 $Value
  StrCpy $R6 0
  ${DoWhile} $R5 != ""
    StrCpy $0 $R5 1 $R6
    ${If} $0 == ","
    ${OrIf} $0 == ""
      StrCpy $R1 $R5 $R6
      IntOp $R6 $R6 + 1
      StrCpy $R5 $R5 "" $R6
      StrCpy $R6 0
      ${If} $R1 != ""
        Call InstallHost
      ${EndIf}
    ${Else}
      IntOp $R6 $R6 + 1
    ${EndIf}
  ${Loop}
FunctionEnd

; What lies in the folder for all users counts for everybody: administrators write it, users read it.
Function SecureFolder
  ${If} $Everybody == 1
    System::Call '$PLUGINSDIR\setup.dll::SecureMachineFolder() i.r1'
    ${If} $1 != 0
      StrCpy $1 "$(folder_failed)"
      Call Complain
    ${EndIf}
  ${EndIf}
FunctionEnd

; The settings' policy file of this computer is an administrator's: without the rights it fails.
Function TakePolicy
  !insertmacro Option "PolicyFile"
  ${If} $R0 == 0
    Return
  ${EndIf}
  System::Call '$PLUGINSDIR\setup.dll::TakePolicyFile(w "$Value") i.r1'
  ${If} $1 != 0
    StrCpy $1 "$(policy_failed)"
    Call Complain
  ${EndIf}
FunctionEnd

; Only the path goes on a command line; the code is read by ISCBridge itself.
Function ActivateLicence
  !insertmacro Option "LicenseCodeFile"
  ${If} $R0 == 0
    Return
  ${EndIf}
  System::Call `$PLUGINSDIR\setup.dll::RunHidden(w '"$INSTDIR\app\iscbridge.exe" license activate --start --code-file "$Value"', i 150) i.r0`
  ${If} $0 != 0
    StrCpy $1 "$(code_failed)"
    Call Complain
  ${EndIf}
FunctionEnd

; The tray that was closed starts again, and a first one if it was asked for; never with an administrator's rights.
Function StartAgain
  !insertmacro Option "NoStart"
  ${If} $R0 == 1
    Return
  ${EndIf}
  !insertmacro Option "Start"
  ${If} $Restart == 1
  ${OrIf} $R0 == 1
    System::Call `$PLUGINSDIR\setup.dll::StartUnelevated(w '"$INSTDIR\app\ISCBridgeTray.exe" tray --quiet') i.r0`
  ${EndIf}
FunctionEnd

Function StartTray
  System::Call `$PLUGINSDIR\setup.dll::StartUnelevated(w '"$INSTDIR\app\ISCBridgeTray.exe" tray') i.r0`
FunctionEnd

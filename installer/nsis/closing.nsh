; Closing what runs from the installed folder. The user's own installer asks over the protocol; whoever may not reach
; another user's pipe, or gets no answer, asks through the Restart Manager. Every job is in the journal: nothing is lost.

!macro ClosingFunctions un

; $R2: 0 if nothing of ours runs, 1 without a window, 2 the tray.
Function ${un}Look
  System::Call '$PLUGINSDIR\setup.dll::Running(w "$INSTDIR\app") i.r0'
  StrCpy $R2 $0
FunctionEnd

; In: $1 a program. Asks the bridge over the protocol; a program that is broken or missing does nothing.
Function ${un}AskToClose
  ${If} ${FileExists} "$1"
    System::Call `$PLUGINSDIR\setup.dll::RunHidden(w '"$1" stop', i 20) i.r0`
    System::Call `$PLUGINSDIR\setup.dll::RunHidden(w '"$1" sandbox stop', i 20) i.r0`
  ${EndIf}
FunctionEnd

; $R2: 1 if nothing runs any more.
Function ${un}Wait
  System::Call '$PLUGINSDIR\setup.dll::WaitUntilFree(w "$INSTDIR\app", i $Patience) i.r0'
  StrCpy $R2 $0
FunctionEnd

; Does not come back if ISCBridge stays open.
Function ${un}Close
  Call ${un}Look
  ${If} $R2 == 0
    Return
  ${EndIf}
  ${If} $R2 == 2
    StrCpy $Restart 1
  ${EndIf}
  again:
  ${If} $Everybody != 1
    StrCpy $1 "$INSTDIR\app\iscbridge.exe"
    Call ${un}AskToClose
    Call ${un}Wait
    ${If} $R2 == 1
      Return
    ${EndIf}
    StrCpy $1 "$INSTDIR\app.new\iscbridge.exe"  ; the old one may be damaged
    Call ${un}AskToClose
  ${EndIf}
  System::Call '$PLUGINSDIR\setup.dll::CloseByManager(w "$INSTDIR\app", i 0) i.r0'
  Call ${un}Wait
  ${If} $R2 == 1
    Return
  ${EndIf}
  !insertmacro Option "Force"
  ${If} $R0 == 1
    System::Call '$PLUGINSDIR\setup.dll::CloseByManager(w "$INSTDIR\app", i 1) i.r0'
    System::Call '$PLUGINSDIR\setup.dll::EndByForce(w "$INSTDIR\app") i.r0'
    Call ${un}Wait
    ${If} $R2 == 1
      Return
    ${EndIf}
  ${EndIf}
  System::Call '$PLUGINSDIR\setup.dll::Users(w "$INSTDIR\app", w .r1, i 400) i.r0'
  ${If} $1 == ""
    StrCpy $1 "ISCBridge"
  ${EndIf}
  IfSilent given_up
  MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(busy_ask)" IDRETRY again
  given_up:
  System::Call '$PLUGINSDIR\setup.dll::RemoveRemains(w "$INSTDIR") i.r0'
  ${If} ${FileExists} "$INSTDIR\app\*.*"
    Delete "$INSTDIR\${UNFINISHED}"
  ${EndIf}
  !if "${un}" == ""
    Push $1
    Call StartAgain  ; the tray may have closed, and something else has not
    Pop $1
  !endif
  !insertmacro Fail "${un}" 5 "$(busy)"
FunctionEnd

Function ${un}ReadPatience
  !insertmacro Option "Wait"
  StrCpy $Patience 60
  ${If} $Value != ""
    IntOp $Patience $Value + 0
  ${EndIf}
  ${If} $Patience < 1
    StrCpy $Patience 1
  ${EndIf}
FunctionEnd

!macroend

!insertmacro ClosingFunctions ""
!insertmacro ClosingFunctions "un."

; Calls into the helper (folder helper/), progress and failure: the same for installing and removing.

!macro HelperFunctions un

Function ${un}LoadHelper
  InitPluginsDir
  SetOutPath "$PLUGINSDIR"
  File "/oname=$PLUGINSDIR\setup.dll" "${HELPER}"
  SetOutPath "$TEMP"  ; a folder that is a program's working folder can't be removed
FunctionEnd

; In: $0 status (0 under way, 1 done, 2 failed), $1 per cent, $2 error message.
Function ${un}WriteProgress
  ${If} $ProgressFile != ""
    System::Call '$PLUGINSDIR\setup.dll::Progress(w "$ProgressFile", i r0, i r1, w r2) i.r3'
  ${EndIf}
FunctionEnd

; In: $0 exit code, $1 message. Does not come back.
Function ${un}Fail
  StrCpy $ExitCode $0
  Push $1
  StrCpy $2 $1
  StrCpy $0 2
  StrCpy $1 0
  Call ${un}WriteProgress
  Pop $1
  DetailPrint "$1"
  IfSilent +2
    MessageBox MB_OK|MB_ICONSTOP "$1"
  SetErrorLevel $ExitCode
  Quit
FunctionEnd

; In: $1 message. The installation goes on; it ends with exit code 9.
Function ${un}Complain
  ${If} $Complaint != ""
    StrCpy $Complaint "$Complaint "
  ${EndIf}
  StrCpy $Complaint "$Complaint$1"
  DetailPrint "$1"
FunctionEnd

!macroend

!insertmacro HelperFunctions ""
!insertmacro HelperFunctions "un."

; Nothing else may install or remove in this folder meanwhile. Does not come back if something does.
!macro TakeLock un
  System::Call '$PLUGINSDIR\setup.dll::TakeLock(w "$INSTDIR", i 5) p.r0'
  StrCpy $Lock $0
  ${If} $Lock == 0
    !insertmacro Fail "${un}" 5 "$(locked)"
  ${EndIf}
!macroend

!macro GiveLockBack
  System::Call 'kernel32::CloseHandle(p $Lock)'
!macroend

!macro Advance un percent
  Push $0
  Push $1
  Push $2
  Push $3
  StrCpy $0 0
  StrCpy $1 ${percent}
  StrCpy $2 ""
  Call ${un}WriteProgress
  Pop $3
  Pop $2
  Pop $1
  Pop $0
!macroend

!macro Fail un code message
  StrCpy $0 ${code}
  StrCpy $1 "${message}"
  Call ${un}Fail
!macroend

; $Value and $R0: the value of a switch, and 1 if it was given.
!macro Option name
  System::Call '$PLUGINSDIR\setup.dll::Option(w "${name}", w .r1, i ${NSIS_MAX_STRLEN}) i.r0'
  StrCpy $R0 $0
  StrCpy $Value $1
!macroend

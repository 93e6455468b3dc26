Attribute VB_Name = "IscBridge"
' IscBridge.bas: ISCBridge for macros in VBA (SOLIDWORKS, AutoCAD, CATIA, Inventor, Office), 32 and 64 bit.
'
' Import this module, and put iscbridge_vba.dll of the application's bitness (client\x64\bin or client\x86\bin of a
' release) into a folder of its own, here C:\Macros\ISCBridge. Then:
'
'     Sub SaveToCloud()
'         Dim job As String
'         If Not IscOpen("C:\Macros\ISCBridge", "SOLIDWORKS") Then MsgBox IscErrorText: Exit Sub
'         job = IscSave("C:\work\bracket.SLDPRT", False)       ' saved locally before
'         If job = "" Then MsgBox IscErrorText: Exit Sub
'         Select Case IscWait(job, 60)
'             Case IscJobDone, IscJobReplaced, IscJobCancelled
'             Case IscJobAccepted To IscJobSubmitted: MsgBox "Not yet in the cloud. ISCBridge goes on."
'             Case Else: MsgBox IscErrorText
'         End Select
'     End Sub
'
' ISCBridge is started if it does not run and has run before. The manual is iscbridge_vba.h. NOT RUN IN AN OFFICE OR CAD PROGRAM YET: the DLL is tested, this module is not.
Option Explicit

Public Const IscJobAccepted As Long = 1
Public Const IscJobCaptured As Long = 2
Public Const IscJobWaiting As Long = 3
Public Const IscJobSubmitted As Long = 4
Public Const IscJobDone As Long = 5
Public Const IscJobFailed As Long = 6
Public Const IscJobRefused As Long = 7
Public Const IscJobCancelled As Long = 8
Public Const IscJobReplaced As Long = 9
Public Const IscJobUnknown As Long = 10

Public Const IscMaySaveNew As Long = 1
Public Const IscMaySaveOpened As Long = 2
Public Const IscMayOpen As Long = 4

Private Const TextErrorCode As Long = 1
Private Const TextErrorTitle As Long = 2
Private Const TextErrorMessage As Long = 3
Private Const TextErrorRemedy As Long = 4
Private Const TextJob As Long = 5
Private Const TextJobResult As Long = 8
Private Const TextNotice As Long = 10
Private Const TextRequestId As Long = 12
Private Const TimeoutMs As Long = 5000

#If VBA7 Then
Private Declare PtrSafe Function LoadLibraryW Lib "kernel32" (ByVal path As LongPtr) As LongPtr
Private Declare PtrSafe Sub Sleep Lib "kernel32" (ByVal milliseconds As Long)
Private Declare PtrSafe Function iscb_vba_create Lib "iscbridge_vba.dll" (ByVal host As LongPtr, ByVal product As LongPtr, ByVal language As LongPtr, ByVal address As LongPtr) As Long
Private Declare PtrSafe Function iscb_vba_close Lib "iscbridge_vba.dll" (ByVal client As Long) As Long
Private Declare PtrSafe Function iscb_vba_connect Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal timeoutMs As Long) As Long
Private Declare PtrSafe Function iscb_vba_save Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal path As LongPtr, ByVal assembly As Long, ByVal requestId As LongPtr, ByVal timeoutMs As Long) As Long
Private Declare PtrSafe Function iscb_vba_save_as Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal path As LongPtr, ByVal assembly As Long, ByVal requestId As LongPtr, ByVal timeoutMs As Long) As Long
Private Declare PtrSafe Function iscb_vba_open Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal timeoutMs As Long) As Long
Private Declare PtrSafe Function iscb_vba_job Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal job As LongPtr, ByVal timeoutMs As Long) As Long
Private Declare PtrSafe Function iscb_vba_is_final Lib "iscbridge_vba.dll" (ByVal client As Long) As Long
Private Declare PtrSafe Function iscb_vba_cancel Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal job As LongPtr, ByVal timeoutMs As Long) As Long
Private Declare PtrSafe Function iscb_vba_resolve Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal job As LongPtr, ByVal repeat As Long, ByVal timeoutMs As Long) As Long
Private Declare PtrSafe Function iscb_vba_license Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal product As LongPtr, ByVal timeoutMs As Long) As Long
Private Declare PtrSafe Function iscb_vba_text Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal which As Long, ByVal buffer As LongPtr, ByVal room As Long) As Long
#Else
Private Declare Function LoadLibraryW Lib "kernel32" (ByVal path As Long) As Long
Private Declare Sub Sleep Lib "kernel32" (ByVal milliseconds As Long)
Private Declare Function iscb_vba_create Lib "iscbridge_vba.dll" (ByVal host As Long, ByVal product As Long, ByVal language As Long, ByVal address As Long) As Long
Private Declare Function iscb_vba_close Lib "iscbridge_vba.dll" (ByVal client As Long) As Long
Private Declare Function iscb_vba_connect Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal timeoutMs As Long) As Long
Private Declare Function iscb_vba_save Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal path As Long, ByVal assembly As Long, ByVal requestId As Long, ByVal timeoutMs As Long) As Long
Private Declare Function iscb_vba_save_as Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal path As Long, ByVal assembly As Long, ByVal requestId As Long, ByVal timeoutMs As Long) As Long
Private Declare Function iscb_vba_open Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal timeoutMs As Long) As Long
Private Declare Function iscb_vba_job Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal job As Long, ByVal timeoutMs As Long) As Long
Private Declare Function iscb_vba_is_final Lib "iscbridge_vba.dll" (ByVal client As Long) As Long
Private Declare Function iscb_vba_cancel Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal job As Long, ByVal timeoutMs As Long) As Long
Private Declare Function iscb_vba_resolve Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal job As Long, ByVal repeat As Long, ByVal timeoutMs As Long) As Long
Private Declare Function iscb_vba_license Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal product As Long, ByVal timeoutMs As Long) As Long
Private Declare Function iscb_vba_text Lib "iscbridge_vba.dll" (ByVal client As Long, ByVal which As Long, ByVal buffer As Long, ByVal room As Long) As Long
#End If

Private client As Long

' Once per session. The DLL is loaded by its whole path: the declarations above find it by its name then, and nothing
' that lies in the current folder is taken for it.
' language, of the texts: "en" (as ""), or "zh".
Public Function IscOpen(ByVal folder As String, ByVal host As String, Optional ByVal product As String = "", Optional ByVal language As String = "") As Boolean
    If client > 0 Then
        IscOpen = True
        Exit Function
    End If
    If LoadLibraryW(StrPtr(folder & "\iscbridge_vba.dll")) = 0 Then
        Err.Raise 53, "IscBridge", "iscbridge_vba.dll is not in " & folder & ", or is of another bitness."
    End If
    client = iscb_vba_create(StrPtr(host), StrPtr(product), StrPtr(language), 0)
    IscOpen = client > 0
    If client < 0 Then client = 0 ' whose words are those of the failure
End Function

Public Sub IscClose()
    If client > 0 Then iscb_vba_close client
    client = 0
End Sub

Public Function IscConnect() As Boolean
    IscConnect = iscb_vba_connect(client, TimeoutMs) = 0
End Function

' The job's id, or "" and IscErrorText. It is in the journal of the bridge then, and nothing loses it.
Public Function IscSave(ByVal path As String, ByVal assembly As Boolean, Optional ByVal requestId As String = "") As String
    If iscb_vba_save(client, StrPtr(path), IIf(assembly, 1, 0), StrPtr(requestId), TimeoutMs) >= 0 Then IscSave = Text(TextJob)
End Function

Public Function IscSaveAs(ByVal path As String, ByVal assembly As Boolean, Optional ByVal requestId As String = "") As String
    If iscb_vba_save_as(client, StrPtr(path), IIf(assembly, 1, 0), StrPtr(requestId), TimeoutMs) >= 0 Then IscSaveAs = Text(TextJob)
End Function

Public Function IscOpenFromCloud() As String
    If iscb_vba_open(client, TimeoutMs) >= 0 Then IscOpenFromCloud = Text(TextJob)
End Function

' The state of a job (IscJobDone ...), or a number below 0 and IscErrorText.
Public Function IscJob(ByVal job As String) As Long
    IscJob = iscb_vba_job(client, StrPtr(job), TimeoutMs)
End Function

' Asks for a job until it is final or the time is over; the window goes on meanwhile. The last state, or a number below 0
' and IscErrorText: what became of the job is not known then; IscJob tells it once ISCBridge answers again.
Public Function IscWait(ByVal job As String, ByVal seconds As Long) As Long
    Dim i As Long
    For i = 0 To seconds * 5
        IscWait = IscJob(job)
        If IscWait < 0 Then Exit Function
        If iscb_vba_is_final(client) = 1 Then Exit Function
        Sleep 200
        DoEvents
    Next i
End Function

' Where an Open put the file; after IscWait.
Public Function IscResultPath() As String
    IscResultPath = Text(TextJobResult)
End Function

Public Function IscCancel(ByVal job As String) As Long
    IscCancel = iscb_vba_cancel(client, StrPtr(job), TimeoutMs)
End Function

' The person's answer to a job in IscJobUnknown.
Public Function IscResolve(ByVal job As String, ByVal repeat As Boolean) As Long
    IscResolve = iscb_vba_resolve(client, StrPtr(job), IIf(repeat, 1, 0), TimeoutMs)
End Function

' IscMaySaveNew + IscMaySaveOpened + IscMayOpen; what is missing is explained by IscErrorText. Below 0: no answer.
Public Function IscLicense(Optional ByVal product As String = "") As Long
    IscLicense = iscb_vba_license(client, StrPtr(product), TimeoutMs)
End Function

Public Function IscLicenseNotice() As String
    IscLicenseNotice = Text(TextNotice)
End Function

' Of the last save, also if it failed: give it again to repeat it, and it stays one job.
Public Function IscRequestId() As String
    IscRequestId = Text(TextRequestId)
End Function

Public Function IscErrorCode() As String
    IscErrorCode = Text(TextErrorCode)
End Function

' What happened, what it means, what to do; "" if the last call, and the job that it told, have no error.
Public Function IscErrorText() As String
    IscErrorText = Text(TextErrorTitle)
    If IscErrorText <> "" Then IscErrorText = IscErrorText & vbCrLf & Text(TextErrorMessage) & vbCrLf & Text(TextErrorRemedy)
End Function

Private Function Text(ByVal which As Long) As String
    Dim length As Long
    Dim buffer As String
    length = iscb_vba_text(client, which, 0, 0)
    If length <= 0 Then Exit Function
    buffer = String$(length + 1, vbNullChar)
    iscb_vba_text client, which, StrPtr(buffer), length + 1
    Text = Left$(buffer, length)
End Function

@echo off
rem Installs or updates ISCBridge without a question, also over an installation that was interrupted.
rem   install.bat [PROGRESS-FILE] [switches of the installer]     one with a value in quotes: "/Autostart=on"
rem The progress goes as JSON into the file (status, progress, errorMsg); the exit code is the installer's.
setlocal
set "SETUP="
for /f "delims=" %%F in ('dir /b "%~dp0ISCBridge-*-setup.exe" 2^>nul') do set "SETUP=%~dp0%%F"
if not defined SETUP exit /b 2
set "PROGRESS=%~1"
if not defined PROGRESS set "PROGRESS=%TEMP%\iscbridge-setup.json"
start "" /wait "%SETUP%" /S "/Progress=%PROGRESS%" %2 %3 %4 %5 %6 %7 %8 %9
exit /b %ERRORLEVEL%

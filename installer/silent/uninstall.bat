@echo off
rem Removes ISCBridge without a question; may be run again after a failure. What the user made stays.
rem   uninstall.bat [PROGRESS-FILE] [switches of the uninstaller]     one with a value in quotes: "/Wait=120"
rem Exit code 0 as well if there is nothing to remove.
setlocal
set "PLACE="
for %%R in (HKCU HKLM) do if not defined PLACE for /f "tokens=2,*" %%A in ('reg query "%%R\Software\Microsoft\Windows\CurrentVersion\Uninstall\ISCBridge" /v InstallLocation /reg:64 2^>nul ^| find "REG_SZ"') do set "PLACE=%%B"
if not defined PLACE exit /b 0
if not exist "%PLACE%\uninstall.exe" exit /b 2
set "PROGRESS=%~1"
if not defined PROGRESS set "PROGRESS=%TEMP%\iscbridge-setup.json"
rem From a copy that is told where it works: the uninstaller itself would return at once, and could not remove itself.
set "COPY=%TEMP%\iscbridge-uninstall-%RANDOM%.exe"
copy /y "%PLACE%\uninstall.exe" "%COPY%" >nul
if not exist "%COPY%" exit /b 2
start "" /wait "%COPY%" /S "/Progress=%PROGRESS%" %2 %3 %4 %5 %6 %7 %8 %9 _?=%PLACE%
set "CODE=%ERRORLEVEL%"
del "%COPY%" >nul 2>nul
exit /b %CODE%

-- What wixl has no words for, one statement a line; msibuild carries them out.
-- The old version is removed before the new one is written, so that no file of it is taken for newer; and after
-- InstallInitialize, so that it comes back if the new one fails.
UPDATE `InstallExecuteSequence` SET `Sequence` = 1501 WHERE `Action` = 'RemoveExistingProducts'
-- What a deferred action gets is set after the folders are known; the actions run between the two that bound what may be deferred.
UPDATE `InstallExecuteSequence` SET `Sequence` = 1001 WHERE `Action` = 'SetTakePolicy'
UPDATE `InstallExecuteSequence` SET `Sequence` = 1002 WHERE `Action` = 'SetNoteCodeFile'
UPDATE `InstallExecuteSequence` SET `Sequence` = 3601 WHERE `Action` = 'DropFolder'
UPDATE `InstallExecuteSequence` SET `Sequence` = 4100 WHERE `Action` = 'SecureFolder'
UPDATE `InstallExecuteSequence` SET `Sequence` = 4101 WHERE `Action` = 'TakePolicy'
UPDATE `InstallExecuteSequence` SET `Sequence` = 4102 WHERE `Action` = 'NoteCodeFile'
-- Setting a property is no deferred action, whatever mark wixl adds.
UPDATE `CustomAction` SET `Type` = 51 WHERE `Type` = 2099
-- An upgrade keeps what was chosen.
UPDATE `Component` SET `Condition` = 'AUTOSTART="on" OR (AUTOSTARTFOUND AND NOT AUTOSTART="off")' WHERE `Component` = 'Autostart'
UPDATE `Property` SET `Value` = 'WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;POLICYFILE;LICENSECODEFILE;AUTOSTART;AUTOSTARTFOUND;SETUPFOUND' WHERE `Property` = 'SecureCustomProperties'
-- Left out unless ADDLOCAL names it.
UPDATE `Feature` SET `Level` = 1000 WHERE `Feature` = 'Sandbox'
-- The entry in the Start menu leads to the program itself, and carries the id by which Windows groups its windows.
UPDATE `Shortcut` SET `Target` = '[#Tray]' WHERE `Shortcut` = 'StartMenu'
CREATE TABLE `MsiShortcutProperty` (`MsiShortcutProperty` CHAR(72) NOT NULL, `Shortcut_` CHAR(72) NOT NULL, `PropertyKey` CHAR(255) NOT NULL, `PropVariantValue` CHAR(255) NOT NULL PRIMARY KEY `MsiShortcutProperty`)
INSERT INTO `MsiShortcutProperty` (`MsiShortcutProperty`, `Shortcut_`, `PropertyKey`, `PropVariantValue`) VALUES ('AppId', 'StartMenu', 'System.AppUserModel.ID', 'ISCBridge.ISCBridge')

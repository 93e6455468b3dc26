// Dialect: const std::wstring &, functions without a result, a base class for receivers.
#pragma once

#include <string>

enum LicenseType { LICENSE_TYPE_FILE = 1 };

class IEventRecall {
public:
    virtual ~IEventRecall() {}
};

class IscdeskSdk {
public:
    using Recall = int (IEventRecall::*)(unsigned, const std::wstring &);

    virtual ~IscdeskSdk() {}
    virtual void Init() = 0;
    virtual void RegisterEventRecall(IEventRecall *receiver, Recall recall) = 0;
    virtual void ShutOut() = 0;
    virtual void GetLicenseFileRequest(const std::wstring &fileName, const std::wstring &devInfo) = 0;
    virtual void GetLicenseStringRequest(const std::wstring &devInfo) = 0;
    virtual void LicenseVerifyNotify(bool verifyResult, const std::wstring &errorMsg) = 0;
    virtual void TrialExpirationAndGetLicense(LicenseType licType, const std::wstring &devInfo,
                                              const std::wstring &fileName) = 0;
    virtual void CheckNewVersions() = 0;
    virtual void UpgradeNotify(bool bUpgrade) = 0;
    virtual void OpenCloudFile() = 0;
    virtual void Save(const std::wstring &saveFilePath, bool assembly = false) = 0;
    virtual void SelectSaveAsPath(const std::wstring &filePath, bool assembly = false) = 0;
    virtual void GetSolution(const std::wstring &filePath) = 0;
};

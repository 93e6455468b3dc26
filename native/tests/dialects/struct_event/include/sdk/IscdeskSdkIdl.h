// Dialect whose registration no known receiver fits: the event is a struct, the callback a plain function. Its vendor
// file registers a receiver of its own.
#pragma once

struct EventInformation {
    int type;
    const wchar_t *text;
    unsigned length;
};

enum ResultStatus { RESULT_SUCCEEDED = 0 };
enum LicenseType { LICENSE_TYPE_FILE = 1 };

struct IscdeskSdk {
    virtual ResultStatus Init() = 0;
    virtual ResultStatus RegisterEventRecall(void (*recall)(const EventInformation &, void *), void *context) = 0;
    virtual ResultStatus ShutOut() = 0;
    virtual ResultStatus GetLicenseFileRequest(wchar_t *fileName, wchar_t *devInfo) = 0;
    virtual ResultStatus GetLicenseStringRequest(wchar_t *devInfo) = 0;
    virtual ResultStatus LicenseVerifyNotify(bool verifyResult, wchar_t *errorMsg) = 0;
    virtual ResultStatus TrialExpirationAndGetLicense(LicenseType licType, wchar_t *devInfo, wchar_t *fileName) = 0;
    virtual ResultStatus CheckNewVersions() = 0;
    virtual ResultStatus UpgradeNotify(bool bUpgrade) = 0;
    virtual ResultStatus OpenCloudFile() = 0;
    virtual ResultStatus Save(wchar_t *saveFilePath, bool assembly = false) = 0;
    virtual ResultStatus SelectSaveAsPath(wchar_t *filePath, bool assembly = false) = 0;
    virtual ResultStatus GetSolution(wchar_t *filePath) = 0;

protected:
    ~IscdeskSdk() = default;
};

// Dialect: char * without const in the ANSI code page 936, numbers instead of enums, 1 for success, 0 for "verified".
#pragma once

typedef int ResultStatus;

struct LicenseType {
    enum Value { LICENSE_TYPE_FILE = 1 };
};

struct IscdeskSdk {
    virtual ResultStatus Init() = 0;
    virtual ResultStatus ShutOut() = 0;
    virtual ResultStatus GetLicenseFileRequest(char *fileName, char *devInfo) = 0;
    virtual ResultStatus GetLicenseStringRequest(char *devInfo) = 0;
    virtual ResultStatus LicenseVerifyNotify(int verifyResult, char *errorMsg) = 0;
    virtual ResultStatus TrialExpirationAndGetLicense(LicenseType::Value licType, char *devInfo, char *fileName) = 0;
    virtual ResultStatus CheckNewVersions() = 0;
    virtual ResultStatus UpgradeNotify(int bUpgrade) = 0;
    virtual ResultStatus OpenCloudFile() = 0;
    virtual ResultStatus Save(char *saveFilePath, bool assembly = false) = 0;
    virtual ResultStatus SelectSaveAsPath(char *filePath, bool assembly = false) = 0;
    virtual ResultStatus GetSolution(char *filePath) = 0;
    virtual ResultStatus SetRecall(void *example, void (*thunk)(void *, int, char *)) = 0;

    template <class Example>
    ResultStatus RegisterEventRecall(Example *example, void (Example::*recall)(int, char *)) {
        static void (Example::*member)(int, char *);
        member = recall;
        return SetRecall(example, [](void *object, int type, char *information) {
            (static_cast<Example *>(object)->*member)(type, information);
        });
    }

protected:
    ~IscdeskSdk() = default;
};

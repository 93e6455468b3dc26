// Dialect: const wchar_t *, bool results, a pointer to a const member, and no TrialExpirationAndGetLicense, which older
// copies of the guide lack.
#pragma once

struct IscdeskSdk {
    virtual bool Init() = 0;
    virtual bool ShutOut() = 0;
    virtual bool GetLicenseFileRequest(const wchar_t *fileName, const wchar_t *devInfo) = 0;
    virtual bool GetLicenseStringRequest(const wchar_t *devInfo) = 0;
    virtual bool LicenseVerifyNotify(bool verifyResult, const wchar_t *errorMsg) = 0;
    virtual bool CheckNewVersions() = 0;
    virtual bool UpgradeNotify(bool bUpgrade) = 0;
    virtual bool OpenCloudFile() = 0;
    virtual bool Save(const wchar_t *saveFilePath, bool assembly = false) = 0;
    virtual bool SelectSaveAsPath(const wchar_t *filePath, bool assembly = false) = 0;
    virtual bool GetSolution(const wchar_t *filePath) = 0;
    virtual bool SetRecall(const void *example, void (*thunk)(const void *, long, const wchar_t *)) = 0;

    template <class Example>
    bool RegisterEventRecall(const Example *example, long (Example::*recall)(long, const wchar_t *) const) {
        static long (Example::*member)(long, const wchar_t *) const;
        member = recall;
        return SetRecall(example, [](const void *object, long type, const wchar_t *information) {
            (static_cast<const Example *>(object)->*member)(type, information);
        });
    }

protected:
    ~IscdeskSdk() = default;
};

// Dialect: const char * in UTF-8, plain enums, ResultStatus, a template over the receiver's class.
#pragma once

enum EventType { EVENT_OPENCLOUDFILE_RESULT = 1, EVENT_SAVE_RESULT = 2, EVENT_LICENSE_VERIFY = 3 };
enum ResultStatus { RESULT_OK = 0, RESULT_ERROR = 1 };
enum LicenseType { LICENSE_TYPE_FILE = 7 };

class IIscdeskSdk {
public:
    virtual ~IIscdeskSdk() {}
    virtual ResultStatus Init() = 0;
    virtual ResultStatus ShutOut() = 0;
    virtual ResultStatus GetLicenseFileRequest(const char *fileName, const char *devInfo) = 0;
    virtual ResultStatus GetLicenseStringRequest(const char *devInfo) = 0;
    virtual ResultStatus LicenseVerifyNotify(bool verifyResult, const char *errorMsg) = 0;
    virtual ResultStatus TrialExpirationAndGetLicense(LicenseType licType, const char *devInfo,
                                                      const char *fileName) = 0;
    virtual ResultStatus CheckNewVersions() = 0;
    virtual ResultStatus UpgradeNotify(bool bUpgrade) = 0;
    virtual ResultStatus OpenCloudFile() = 0;
    virtual ResultStatus Save(const char *saveFilePath, bool assembly = false) = 0;
    virtual ResultStatus SelectSaveAsPath(const char *filePath, bool assembly = false) = 0;
    virtual ResultStatus GetSolution(const char *filePath) = 0;

    template <class Example>
    ResultStatus RegisterEventRecall(Example *example, void (Example::*recall)(EventType, const char *)) {
        struct Holder : Recall {
            Example *example;
            void (Example::*recall)(EventType, const char *);
            void Raise(EventType type, const char *information) override { (example->*recall)(type, information); }
        };
        Holder *holder = new Holder;
        holder->example = example;
        holder->recall = recall;
        return SetRecall(holder);
    }

    struct Recall {
        virtual ~Recall() {}
        virtual void Raise(EventType type, const char *information) = 0;
    };

private:
    virtual ResultStatus SetRecall(Recall *recall) = 0;
};

// Dialect: const std::string &, scoped enums in a namespace, any callable that std::bind makes of object and member.
#pragma once

#include <functional>
#include <string>

namespace iscdesk {

enum class EventType : unsigned short { EVENT_SAVE_RESULT = 2, EVENT_UPDATE = 5 };
enum class ResultStatus { Success = 200, Failure = 500 };
enum class LicenseType { LICENSE_TYPE_FILE, LICENSE_TYPE_STRING };

class Sdk {
public:
    using Recall = std::function<void(EventType, const std::string &)>;

    virtual ~Sdk() = default;
    virtual ResultStatus Init() = 0;
    virtual ResultStatus ShutOut() = 0;
    virtual ResultStatus GetLicenseFileRequest(const std::string &fileName, const std::string &devInfo) = 0;
    virtual ResultStatus GetLicenseStringRequest(const std::string &devInfo) = 0;
    virtual ResultStatus LicenseVerifyNotify(bool verifyResult, const std::string &errorMsg) = 0;
    virtual ResultStatus TrialExpirationAndGetLicense(LicenseType licType, const std::string &devInfo,
                                                      const std::string &fileName) = 0;
    virtual ResultStatus CheckNewVersions() = 0;
    virtual ResultStatus UpgradeNotify(bool bUpgrade) = 0;
    virtual ResultStatus OpenCloudFile() = 0;
    virtual ResultStatus Save(const std::string &saveFilePath, bool assembly = false) = 0;
    virtual ResultStatus SelectSaveAsPath(const std::string &filePath, bool assembly = false) = 0;
    virtual ResultStatus GetSolution(const std::string &filePath) = 0;

    template <class Example, class Member>
    void RegisterEventRecall(Example *example, Member member) {
        SetRecall(std::bind(member, example, std::placeholders::_1, std::placeholders::_2));
    }

private:
    virtual void SetRecall(Recall recall) = 0;
};

}  // namespace iscdesk

// Dialect: std::string & without const, overloads instead of default arguments, an enum for verifyResult, a callback
// that takes its text by value and returns a status, and a class that can't be derived from.
#pragma once

#include <memory>
#include <string>

namespace isc {

enum class EventType { EVENT_SAVE_RESULT = 2 };
enum class ResultStatus : signed char { Failed = -1, Done = 0 };
enum class VerifyResult { Bad = 10, Good = 20 };
enum class LicenseType { LICENSE_TYPE_FILE = 3, LICENSE_TYPE_STRING = 4 };

class Recall {
public:
    virtual ~Recall() = default;
    virtual ResultStatus Raise(EventType type, std::string information) = 0;
};

class Factory final {
public:
    class Implementation;
    explicit Factory(Implementation *implementation) : implementation_(implementation) {}

    ResultStatus Init();
    ResultStatus ShutOut();
    ResultStatus GetLicenseFileRequest(std::string &fileName, std::string &devInfo);
    ResultStatus GetLicenseStringRequest(std::string &devInfo);
    ResultStatus LicenseVerifyNotify(VerifyResult verifyResult, std::string &errorMsg);
    ResultStatus TrialExpirationAndGetLicense(LicenseType licType, std::string &devInfo, std::string &fileName);
    ResultStatus CheckNewVersions();
    ResultStatus UpgradeNotify(const bool &bUpgrade);
    ResultStatus OpenCloudFile();
    ResultStatus Save(std::string &saveFilePath);
    ResultStatus Save(std::string &folder, bool assembly);
    ResultStatus SelectSaveAsPath(std::string &filePath);
    ResultStatus SelectSaveAsPath(std::string &folder, bool assembly);
    ResultStatus GetSolution(std::string &filePath);

    template <class Example>
    ResultStatus RegisterEventRecall(Example *example, ResultStatus (Example::*recall)(EventType, std::string)) {
        class Member final : public Recall {
        public:
            Member(Example *object, ResultStatus (Example::*member)(EventType, std::string))
                : object_(object), member_(member) {}
            ResultStatus Raise(EventType type, std::string information) override {
                return (object_->*member_)(type, std::move(information));
            }

        private:
            Example *object_;
            ResultStatus (Example::*member_)(EventType, std::string);
        };
        return SetRecall(std::make_shared<Member>(example, recall));
    }

private:
    ResultStatus SetRecall(std::shared_ptr<Recall> recall);

    Implementation *implementation_;
};

}  // namespace isc

#pragma once

#include "../sdk/IscdeskSdkIdl.h"

namespace isc {

/// The functions of `Factory` stand in the vendor's library and are reached through this table.
struct Exports {
    ResultStatus (*call)(const std::string &text);
    ResultStatus (*set_recall)(const std::shared_ptr<Recall> &recall);
};

class Factory::Implementation {
public:
    explicit Implementation(const Exports *exports) : exports(exports) {}
    const Exports *const exports;
};

class SdkInvoker {
public:
    explicit SdkInvoker(const Exports *exports) : implementation_(exports), factory_(&implementation_) {}
    Factory *IscdeskFactory() { return &factory_; }

private:
    Factory::Implementation implementation_;
    Factory factory_;
};

inline ResultStatus Factory::Init() { return implementation_->exports->call("Init"); }
inline ResultStatus Factory::ShutOut() { return implementation_->exports->call("ShutOut"); }
inline ResultStatus Factory::GetLicenseFileRequest(std::string &fileName, std::string &devInfo) {
    return implementation_->exports->call("GetLicenseFileRequest|" + fileName + "|" + devInfo);
}
inline ResultStatus Factory::GetLicenseStringRequest(std::string &devInfo) {
    return implementation_->exports->call("GetLicenseStringRequest|" + devInfo);
}
inline ResultStatus Factory::LicenseVerifyNotify(VerifyResult verifyResult, std::string &errorMsg) {
    const std::string verified = std::to_string(static_cast<int>(verifyResult));
    return implementation_->exports->call("LicenseVerifyNotify|" + verified + "|" + errorMsg);
}
inline ResultStatus Factory::TrialExpirationAndGetLicense(LicenseType licType, std::string &devInfo,
                                                          std::string &fileName) {
    const std::string type = licType == LicenseType::LICENSE_TYPE_FILE ? "file" : "string";
    return implementation_->exports->call("TrialExpirationAndGetLicense|" + type + "|" + devInfo + "|" + fileName);
}
inline ResultStatus Factory::CheckNewVersions() { return implementation_->exports->call("CheckNewVersions"); }
inline ResultStatus Factory::UpgradeNotify(const bool &bUpgrade) {
    return implementation_->exports->call(bUpgrade ? "UpgradeNotify|true" : "UpgradeNotify|false");
}
inline ResultStatus Factory::OpenCloudFile() { return implementation_->exports->call("OpenCloudFile"); }
inline ResultStatus Factory::Save(std::string &path) {
    return implementation_->exports->call("Save|" + path + "|false");
}
inline ResultStatus Factory::Save(std::string &folder, bool assembly) {
    return implementation_->exports->call("Save|" + folder + (assembly ? "|true" : "|false"));
}
inline ResultStatus Factory::SelectSaveAsPath(std::string &path) {
    return implementation_->exports->call("SelectSaveAsPath|" + path + "|false");
}
inline ResultStatus Factory::SelectSaveAsPath(std::string &folder, bool assembly) {
    return implementation_->exports->call("SelectSaveAsPath|" + folder + (assembly ? "|true" : "|false"));
}
inline ResultStatus Factory::GetSolution(std::string &path) {
    return implementation_->exports->call("GetSolution|" + path);
}
inline ResultStatus Factory::SetRecall(std::shared_ptr<Recall> recall) {
    return implementation_->exports->set_recall(recall);
}

}  // namespace isc

// A very small CAD that makes every call of the developer guide and no other. It obeys lines on its standard input, such as
// `save /home/ann/bracket.prt`, and prints what the calls answer and which events come.
//
// The same source is compiled with ISCBridge's drop-in headers, and (GUIDE_HOST_SANDBOX) with those of the sandbox SDK, which
// stand for a vendor's: all that differs is where the invoker comes from, which the guide does not print.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <string>

#include "interface/SdkInvoker.h"
#include "sdk/IscdeskSdkIdl.h"

#ifdef GUIDE_HOST_SANDBOX
#include <dlfcn.h>

static SdkInvoker make_invoker(const char *library) {
    void *const handle = dlopen(library, RTLD_NOW);
    void *const entry = handle == nullptr ? nullptr : dlsym(handle, SdkInvoker::EntryPoint);
    if (entry == nullptr) {
        std::fprintf(stderr, "%s can't be loaded\n", library);
        std::exit(1);
    }
    return SdkInvoker(reinterpret_cast<SdkInvoker::Entry>(entry));
}
#else
static SdkInvoker make_invoker(const char *) { return SdkInvoker(); }
#endif

namespace {

std::mutex printing;

void print(const std::string &line) {
    const std::lock_guard<std::mutex> lock(printing);
    std::cout << line << std::endl;
}

class Example {
public:
    void EventRecall(EventType type, const char *information) {
        switch (type) {
            case EventType::EVENT_OPENCLOUDFILE_RESULT:
                print(std::string("opened ") + information);
                break;
            case EventType::EVENT_SAVE_RESULT:
                print(std::string("saved ") + information);
                break;
            case EventType::EVENT_LICENSE_VERIFY:
                print(std::string("licence ") + information);
                break;
            case EventType::EVENT_UPGRADENOTICE:
                print(std::string("notice ") + information);
                break;
            case EventType::EVENT_UPDATE:
                print(std::string("update ") + information);
                break;
            default:
                break;  // whatever else there may be
        }
    }
};

/// The menu: makes one call; false if there is no such command.
bool obey(SdkInvoker &invoker, const std::string &command, const std::string &argument, ResultStatus &resultStatus) {
    const std::string fileName = argument;
    const std::string devInfo = "devInfo";
    const char *const filePath = argument.c_str();
    if (command == "open") {
        resultStatus = invoker->OpenCloudFile();
    } else if (command == "save") {
        resultStatus = invoker->Save(filePath);
    } else if (command == "save-assembly") {
        resultStatus = invoker->Save(filePath, true);
    } else if (command == "save-as") {
        resultStatus = invoker->SelectSaveAsPath(filePath);
    } else if (command == "save-assembly-as") {
        resultStatus = invoker->SelectSaveAsPath(filePath, true);
    } else if (command == "solve") {
        resultStatus = invoker->GetSolution(filePath);
    } else if (command == "licence-file") {
        resultStatus = invoker->GetLicenseFileRequest(fileName.c_str(), devInfo.c_str());
    } else if (command == "licence-string") {
        resultStatus = invoker->GetLicenseStringRequest(devInfo.c_str());
    } else if (command == "licence-good") {
        resultStatus = invoker->LicenseVerifyNotify(true, "");
    } else if (command == "licence-bad") {
        resultStatus = invoker->LicenseVerifyNotify(false, argument.c_str());
    } else if (command == "trial") {
        resultStatus = invoker->TrialExpirationAndGetLicense(LicenseType::LICENSE_TYPE_FILE, "devInfo", "fileName");
    } else if (command == "check") {
        resultStatus = invoker->CheckNewVersions();
    } else if (command == "upgrade") {
        resultStatus = invoker->UpgradeNotify(argument == "yes");
    } else {
        return false;
    }
    return true;
}

}  // namespace

/// Argument: the SDK's library, where one is to be named.
int main(int argc, char **argv) {
    SdkInvoker invoker = make_invoker(argc > 1 ? argv[1] : "");
    static Example example;
    ResultStatus resultStatus = invoker.IscdeskFactory()->Init();
    print("init " + std::to_string(static_cast<int>(resultStatus)));
    invoker->RegisterEventRecall(&example, &Example::EventRecall);
    for (std::string line; std::getline(std::cin, line);) {
        const std::size_t blank = line.find(' ');
        const std::string command = line.substr(0, blank);
        const std::string argument = blank == std::string::npos ? std::string() : line.substr(blank + 1);
        if (!obey(invoker, command, argument, resultStatus)) {
            std::fprintf(stderr, "no such command: %s\n", command.c_str());
            return 2;
        }
        print(command + " " + std::to_string(static_cast<int>(resultStatus)));
    }
    resultStatus = invoker->ShutOut();
    print("end " + std::to_string(static_cast<int>(resultStatus)));
    return 0;
}

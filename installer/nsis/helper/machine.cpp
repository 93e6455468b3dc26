// What an installation for all users leaves in the machine's folder.
#include "helper.h"

#include "../../machine_folder.hpp"

// Make %ProgramData%\ISCBridge, or take it over: administrators write, users read. 0, or the system's error.
SETUP_API int SecureMachineFolder() {
    return static_cast<int>(machine_folder::secure());
}

// Take a policy file over as policy.toml of the computer. 0, or the system's error.
SETUP_API int TakePolicyFile(const wchar_t* source) {
    std::string bytes;
    const DWORD problem = machine_folder::read(source, &bytes, machine_folder::kMost);
    return static_cast<int>(problem != ERROR_SUCCESS ? problem : machine_folder::write(L"policy.toml", bytes));
}

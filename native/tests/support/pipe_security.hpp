// The owner-only security descriptor, as the bridge's pipe has it.
#pragma once

#include <windows.h>

#include <sddl.h>

#include <string>
#include <vector>

#include "check.hpp"

namespace test {

/// The SID of the user who runs this process, as text.
inline std::wstring own_sid() {
    HANDLE token = nullptr;
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) != 0);
    std::vector<unsigned char> user(SECURITY_MAX_SID_SIZE + sizeof(TOKEN_USER));
    DWORD size = static_cast<DWORD>(user.size());
    CHECK(GetTokenInformation(token, TokenUser, user.data(), size, &size) != 0);
    CloseHandle(token);
    wchar_t *text = nullptr;
    CHECK(ConvertSidToStringSidW(reinterpret_cast<const TOKEN_USER *>(user.data())->User.Sid, &text) != 0);
    const std::wstring sid(text);
    LocalFree(text);
    return sid;
}

/// By default everything for this user and nothing for anybody else.
class PipeSecurity {
public:
    explicit PipeSecurity(const std::wstring &sddl = L"O:" + own_sid() + L"D:P(A;;GA;;;" + own_sid() + L")") {
        CHECK(ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl.c_str(), SDDL_REVISION_1, &descriptor_, nullptr) !=
              0);
        attributes_.nLength = sizeof(attributes_);
        attributes_.lpSecurityDescriptor = descriptor_;
    }
    ~PipeSecurity() { LocalFree(descriptor_); }
    PipeSecurity(const PipeSecurity &) = delete;
    PipeSecurity &operator=(const PipeSecurity &) = delete;

    SECURITY_ATTRIBUTES *attributes() { return &attributes_; }

private:
    PSECURITY_DESCRIPTOR descriptor_ = nullptr;
    SECURITY_ATTRIBUTES attributes_{};
};

}  // namespace test

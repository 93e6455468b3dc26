#include "windows.hpp"

#include <sddl.h>

#include <vector>

namespace iscbridge::client {
namespace {

std::vector<unsigned char> token_part(HANDLE process, TOKEN_INFORMATION_CLASS part) {
    HANDLE opened = nullptr;
    if (OpenProcessToken(process, TOKEN_QUERY, &opened) == 0) {
        return {};
    }
    const Handle token(opened);
    DWORD size = 0;
    GetTokenInformation(token.get(), part, nullptr, 0, &size);
    std::vector<unsigned char> buffer(size);
    if (size == 0 || GetTokenInformation(token.get(), part, buffer.data(), size, &size) == 0) {
        return {};
    }
    return buffer;
}

}  // namespace

std::wstring widen(std::string_view utf8) {
    const int size = static_cast<int>(utf8.size());
    const int needed = MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, nullptr, 0);
    std::wstring out(static_cast<std::size_t>(needed > 0 ? needed : 0), L'\0');
    MultiByteToWideChar(CP_UTF8, 0, utf8.data(), size, out.data(), needed);
    return out;
}

std::string narrow(std::wstring_view text) {
    const int size = static_cast<int>(text.size());
    const int needed = WideCharToMultiByte(CP_UTF8, 0, text.data(), size, nullptr, 0, nullptr, nullptr);
    std::string out(static_cast<std::size_t>(needed > 0 ? needed : 0), '\0');
    WideCharToMultiByte(CP_UTF8, 0, text.data(), size, out.data(), needed, nullptr, nullptr);
    return out;
}

std::wstring user_sid(HANDLE process) {
    const std::vector<unsigned char> user = token_part(process, TokenUser);
    wchar_t *text = nullptr;
    if (user.empty() || ConvertSidToStringSidW(reinterpret_cast<const TOKEN_USER *>(user.data())->User.Sid, &text) == 0) {
        return {};
    }
    std::wstring out(text);
    LocalFree(text);
    return out;
}

bool has_more_than_usual() {
    const std::vector<unsigned char> type = token_part(GetCurrentProcess(), TokenElevationType);
    const std::vector<unsigned char> label = token_part(GetCurrentProcess(), TokenIntegrityLevel);
    if (type.size() < sizeof(TOKEN_ELEVATION_TYPE) || label.size() < sizeof(TOKEN_MANDATORY_LABEL)) {
        return true;
    }
    PSID const level = reinterpret_cast<const TOKEN_MANDATORY_LABEL *>(label.data())->Label.Sid;
    const unsigned char count = *GetSidSubAuthorityCount(level);
    return count == 0 ||
           is_more_than_usual(static_cast<DWORD>(*reinterpret_cast<const TOKEN_ELEVATION_TYPE *>(type.data())),
                              *GetSidSubAuthority(level, count - 1U));
}

}  // namespace iscbridge::client

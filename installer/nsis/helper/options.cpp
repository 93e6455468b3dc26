// The command line, read as Windows reads it. The script language's own search takes /S for the beginning of /Sandbox.
#include "helper.h"

#include <shellapi.h>

namespace {

std::vector<std::wstring> arguments() {
    std::wstring line = GetCommandLineW();
    // What NSIS reads itself, to the end of the line and without quotes.
    for (const wchar_t* own : {L" /D=", L" _?="}) {
        const auto at = line.find(own);
        if (at != std::wstring::npos) {
            line.resize(at);
        }
    }
    int count = 0;
    wchar_t** found = CommandLineToArgvW(line.c_str(), &count);
    std::vector<std::wstring> result;
    for (int index = 1; found != nullptr && index < count; ++index) {
        result.emplace_back(found[index]);
    }
    LocalFree(found);
    return result;
}

// "/Name=value" or "/Name"; the name in any case.
bool named(const std::wstring& argument, const std::wstring& name, std::wstring* value) {
    const auto equals = argument.find(L'=');
    const auto key = argument.substr(0, equals);
    if (lstrcmpiW(key.c_str(), (L"/" + name).c_str()) != 0) {
        return false;
    }
    if (value != nullptr) {
        *value = equals == std::wstring::npos ? L"" : argument.substr(equals + 1);
    }
    return true;
}

}  // namespace

// 1 and the value if the switch was given. The last one counts.
SETUP_API int Option(const wchar_t* name, wchar_t* out, int room) {
    int found = 0;
    std::wstring value;
    for (const auto& argument : arguments()) {
        found |= named(argument, name, &value) ? 1 : 0;
    }
    setup::give(value, out, room);
    return found;
}

// 1 and the first argument that is none of `known` (names with blanks between them; "=" at the end: with a value).
SETUP_API int UnknownOption(const wchar_t* known, wchar_t* out, int room) {
    const std::wstring names = L" " + std::wstring(known) + L" S NCRC ";
    for (const auto& argument : arguments()) {
        bool fits = false;
        for (size_t at = 1; at < names.size() && !fits;) {
            const auto end = names.find(L' ', at);
            std::wstring name = names.substr(at, end - at);
            const bool valued = !name.empty() && name.back() == L'=';
            if (valued) {
                name.pop_back();
            }
            std::wstring value;
            fits = !name.empty() && named(argument, name, &value) && valued == !value.empty();
            at = end + 1;
        }
        if (!fits) {
            setup::give(argument, out, room);
            return 1;
        }
    }
    return 0;
}

// Versions of numbers and full stops: negative, 0 or positive, as the first is older, the same or newer.
SETUP_API int CompareVersions(const wchar_t* one, const wchar_t* other) {
    while (*one != L'\0' || *other != L'\0') {
        wchar_t* one_end = nullptr;
        wchar_t* other_end = nullptr;
        const auto left = wcstoul(one, &one_end, 10);
        const auto right = wcstoul(other, &other_end, 10);
        if (left != right) {
            return left < right ? -1 : 1;
        }
        one = *one_end == L'.' ? one_end + 1 : L"";
        other = *other_end == L'.' ? other_end + 1 : L"";
    }
    return 0;
}

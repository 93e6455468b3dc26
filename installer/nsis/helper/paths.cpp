#include "helper.h"

namespace setup {

std::wstring joined(const std::wstring& folder, const std::wstring& name) {
    return folder + L"\\" + name;
}

bool exists(const std::wstring& path) {
    return GetFileAttributesW(extended(path).c_str()) != INVALID_FILE_ATTRIBUTES;
}

std::wstring extended(const std::wstring& path) {
    if (path.rfind(L"\\\\?\\", 0) == 0) {
        return path;
    }
    if (path.rfind(L"\\\\", 0) == 0) {
        return L"\\\\?\\UNC\\" + path.substr(2);
    }
    return L"\\\\?\\" + path;
}

void give(const std::wstring& text, wchar_t* out, int room) {
    if (out != nullptr && room > 0) {
        lstrcpynW(out, text.c_str(), room);
    }
}

}  // namespace setup

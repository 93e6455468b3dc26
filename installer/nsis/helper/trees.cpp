// Folders that are laid out beside, changed over and removed.
#include "helper.h"

namespace {

struct Entry {
    std::wstring name;
    DWORD attributes;
};

std::vector<Entry> entries(const std::wstring& folder) {
    std::vector<Entry> found;
    WIN32_FIND_DATAW data;
    HANDLE search = FindFirstFileW(setup::extended(setup::joined(folder, L"*")).c_str(), &data);
    if (search == INVALID_HANDLE_VALUE) {
        return found;
    }
    do {
        const std::wstring name = data.cFileName;
        if (name != L"." && name != L"..") {
            found.push_back({name, data.dwFileAttributes});
        }
    } while (FindNextFileW(search, &data) != 0);
    FindClose(search);
    return found;
}

bool is_folder(DWORD attributes) {
    return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
}

bool is_link(DWORD attributes) {
    return (attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
}

bool move(const std::wstring& from, const std::wstring& to) {
    return MoveFileExW(setup::extended(from).c_str(), setup::extended(to).c_str(), 0) != 0;
}

// File by file: a file that is loaded by a CAD application can be renamed, but the folder that it lies in can't.
// What was moved is noted, so that it can be put back.
bool move_files(const std::wstring& from, const std::wstring& to, std::vector<std::pair<std::wstring, std::wstring>>* moved) {
    CreateDirectoryW(setup::extended(to).c_str(), nullptr);
    for (const auto& entry : entries(from)) {
        const auto source = setup::joined(from, entry.name);
        const auto target = setup::joined(to, entry.name);
        if (is_folder(entry.attributes) && !is_link(entry.attributes)) {
            if (!move_files(source, target, moved)) {
                return false;
            }
        } else if (move(source, target)) {
            moved->emplace_back(source, target);
        } else {
            return false;
        }
    }
    RemoveDirectoryW(setup::extended(from).c_str());
    return true;
}

void make_parents(const std::wstring& path) {
    const auto parent = path.substr(0, path.find_last_of(L'\\'));
    if (!setup::exists(parent)) {
        make_parents(parent);
        CreateDirectoryW(setup::extended(parent).c_str(), nullptr);
    }
}

// `path`, or with a number if that is still there: a CAD application has something in it loaded.
std::wstring free_name(const std::wstring& path) {
    auto name = path;
    for (int number = 2; setup::exists(name); ++number) {
        name = path + std::to_wstring(number);
    }
    return name;
}

// The folder as a whole, else each of its files; or nothing at all.
bool move_tree(const std::wstring& from, const std::wstring& to) {
    // A virus scanner that looks at a new file holds its folder for a moment.
    for (int attempt = 0; attempt < 20; ++attempt) {
        if (move(from, to)) {
            return true;
        }
        Sleep(100);
    }
    std::vector<std::pair<std::wstring, std::wstring>> moved;
    if (move_files(from, to, &moved)) {
        return true;
    }
    const DWORD problem = GetLastError();
    for (auto one = moved.rbegin(); one != moved.rend(); ++one) {
        make_parents(one->first);
        move(one->second, one->first);
    }
    SetLastError(problem);
    return false;
}

int remove_tree(const std::wstring& folder) {
    int left = 0;
    for (const auto& entry : entries(folder)) {
        const auto path = setup::joined(folder, entry.name);
        const auto plain = setup::extended(path);
        if (is_folder(entry.attributes)) {
            // A link to a folder is removed, and what it leads to is left alone.
            left += is_link(entry.attributes) ? (RemoveDirectoryW(plain.c_str()) != 0 ? 0 : 1) : remove_tree(path);
            continue;
        }
        if ((entry.attributes & FILE_ATTRIBUTE_READONLY) != 0) {
            SetFileAttributesW(plain.c_str(), FILE_ATTRIBUTE_NORMAL);
        }
        left += DeleteFileW(plain.c_str()) != 0 ? 0 : 1;
    }
    if (RemoveDirectoryW(setup::extended(folder).c_str()) == 0 && setup::exists(folder)) {
        ++left;
    }
    return left;
}

void count_tree(const std::wstring& folder, int* files, ULONGLONG* bytes) {
    for (const auto& entry : entries(folder)) {
        const auto path = setup::joined(folder, entry.name);
        if (is_folder(entry.attributes)) {
            count_tree(path, files, bytes);
            continue;
        }
        WIN32_FILE_ATTRIBUTE_DATA data;
        if (GetFileAttributesExW(setup::extended(path).c_str(), GetFileExInfoStandard, &data) != 0) {
            ++*files;
            *bytes += (static_cast<ULONGLONG>(data.nFileSizeHigh) << 32) | data.nFileSizeLow;
        }
    }
}

// What an installation lays out beside `app`, app.old with a number or without: nothing else in the folder is touched.
bool is_remains(const Entry& entry) {
    const std::wstring old = L"app.old";
    const bool is_old = entry.name.rfind(old, 0) == 0 && entry.name.find_first_not_of(L"0123456789", old.size()) == std::wstring::npos;
    return is_old || entry.name == L"app.new";
}

}  // namespace

// How many files and folders could not be removed; 0 also if the folder is not there. A program that is closing, or a
// virus scanner, holds a file for a moment.
SETUP_API int RemoveTree(const wchar_t* folder) {
    const DWORD attributes = GetFileAttributesW(setup::extended(folder).c_str());
    if (attributes != INVALID_FILE_ATTRIBUTES && is_link(attributes)) {
        return RemoveDirectoryW(setup::extended(folder).c_str()) != 0 ? 0 : 1;  // and not what it leads to
    }
    int left = 0;
    for (int attempt = 0; attempt < 50 && setup::exists(folder); ++attempt) {
        left = remove_tree(folder);
        if (left == 0) {
            break;
        }
        Sleep(100);
    }
    return left;
}

// In `root`: `app.new` takes the place of `app`; what was there becomes `app.old...`. All of it or nothing.
// 0, or the system's error.
SETUP_API int ChangeOver(const wchar_t* root) {
    const auto app = setup::joined(root, L"app");
    const auto old = free_name(app + L".old");
    const bool had = setup::exists(app);
    if (had && !move_tree(app, old)) {
        return static_cast<int>(GetLastError());
    }
    if (move_tree(app + L".new", app)) {
        return 0;
    }
    const DWORD problem = GetLastError();
    if (had) {
        move_tree(old, app);
    }
    return static_cast<int>(problem);
}

// In `root`: `app` becomes `app.old...`, so that nothing starts what is half removed. 0, or the system's error.
SETUP_API int TakeAway(const wchar_t* root) {
    const auto app = setup::joined(root, L"app");
    if (!setup::exists(app) || move_tree(app, free_name(app + L".old"))) {
        return 0;
    }
    return static_cast<int>(GetLastError());
}

// An installation that ended between the two steps of ChangeOver: what was there comes back. 1: it did.
SETUP_API int PutBack(const wchar_t* root) {
    const auto app = setup::joined(root, L"app");
    return !setup::exists(app) && setup::exists(app + L".old") && move_tree(app + L".old", app) ? 1 : 0;
}

// In `root`: remove every `app.old...` and an unfinished `app.new`; how much is left, since it is in use.
SETUP_API int RemoveRemains(const wchar_t* root) {
    int left = 0;
    for (const auto& entry : entries(root)) {
        if (is_remains(entry)) {
            left += remove_tree(setup::joined(root, entry.name));
        }
    }
    return left;
}

// Whether `root` holds programs that no installer of ours put there: those of the MSI, or a folder of somebody else that
// has the name of ours. 1: it does.
SETUP_API int IsForeign(const wchar_t* root) {
    for (const wchar_t* mark : {L"setup.ini", L"setup-unfinished", L"uninstall.exe"}) {
        if (setup::exists(setup::joined(root, mark))) {
            return 0;
        }
    }
    for (const auto& entry : entries(root)) {
        if (lstrcmpiW(entry.name.c_str(), L"app") == 0 || is_remains(entry)) {
            return 1;
        }
    }
    return 0;
}

// `root` for this process alone, until the handle is closed or the process ends, however it ends. 0: another one has it
// and did not let go in `seconds`; -1: the file can't be made, which the next file that is written will say.
SETUP_API HANDLE TakeLock(const wchar_t* root, int seconds) {
    const auto path = setup::extended(setup::joined(root, L"setup-lock"));
    const ULONGLONG end = GetTickCount64() + static_cast<ULONGLONG>(seconds) * 1000;
    for (;;) {
        HANDLE file = CreateFileW(path.c_str(), GENERIC_WRITE | DELETE, 0, nullptr, OPEN_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, nullptr);
        if (file != INVALID_HANDLE_VALUE) {
            return file;
        }
        const DWORD problem = GetLastError();
        const bool held = problem == ERROR_SHARING_VIOLATION;
        if ((!held && problem != ERROR_ACCESS_DENIED) || GetTickCount64() >= end) {  // denied: it is just being deleted
            return held ? nullptr : INVALID_HANDLE_VALUE;
        }
        Sleep(100);
    }
}

// Whether the folder holds this many files with this many bytes. 1: it does.
SETUP_API int IsComplete(const wchar_t* folder, int files, const wchar_t* bytes) {
    int found = 0;
    ULONGLONG size = 0;
    count_tree(folder, &found, &size);
    return found == files && std::to_wstring(size) == bytes ? 1 : 0;
}

// Whether the volume of this folder has room for `kilobytes`. A volume that doesn't say counts as roomy.
SETUP_API int HasRoom(const wchar_t* folder, int kilobytes) {
    std::wstring place = folder;
    ULARGE_INTEGER room;
    while (!setup::exists(place) && place.find(L'\\') != std::wstring::npos) {
        place.resize(place.find_last_of(L'\\'));
    }
    if (GetDiskFreeSpaceExW((place + L"\\").c_str(), &room, nullptr, nullptr) == 0) {
        return 1;
    }
    return room.QuadPart / 1024 >= static_cast<ULONGLONG>(kilobytes) ? 1 : 0;
}

// What the installer can't say in its own language. Every function is called by the script with wide strings and ints.
#pragma once

#ifndef UNICODE
#define UNICODE
#endif
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#include <windows.h>

#include <string>
#include <vector>

#define SETUP_API extern "C" __declspec(dllexport)

namespace setup {

// Our own programs: the only ones that the installer ever closes.
inline const wchar_t* const kPrograms[] = {L"ISCBridgeTray.exe", L"iscbridge.exe"};

std::wstring joined(const std::wstring& folder, const std::wstring& name);
bool exists(const std::wstring& path);

// A path that may be longer than 260 characters.
std::wstring extended(const std::wstring& path);

// Copies into a buffer of the script's, cut where it must be.
void give(const std::wstring& text, wchar_t* out, int room);

}  // namespace setup

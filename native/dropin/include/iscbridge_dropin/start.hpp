// How a bridge is started if none runs: by 1, or else as the first of the others says that names a program which is there.
//     1. options().start_command
//     2. iscbridge-start.json in the folder of the host's program: {"command": ["<absolute path>", "<argument>", ...]}
//     3. start.json in the bridge's profile, which every bridge writes when it starts: how it is started again
//     4. Windows: the text value StartCommand, a JSON array, of Software\ISCBridge below HKEY_CURRENT_USER, then below
//        HKEY_LOCAL_MACHINE (64-bit view), for a vendor or an administrator to set: ISCBridge's installers leave none
// The client library starts it, and never from a process with more rights than its user has.
#ifndef ISCBRIDGE_DROPIN_START_HPP
#define ISCBRIDGE_DROPIN_START_HPP

#include "json.hpp"

namespace iscbridge_dropin {

using Command = std::vector<std::string>;

/// A command in a JSON array; empty if it can't be used.
inline Command command_of(const Json &array) {
    Command out;
    for (const Json &word : array.elements()) {
        if (!word.is_string()) {
            return Command();
        }
        out.push_back(word.text());
    }
    return !out.empty() && is_absolute(out.front()) && is_file(out.front()) ? out : Command();
}

inline Command command_in(const std::string &path) { return command_of(Json(file_content(path, 65536))["command"]); }

/// The folder of the bridge's profile, with a separator at its end; empty if the environment does not tell.
inline std::string profile_folder() {
    std::string home = options().home.empty() ? environment("ISCBRIDGE_HOME") : options().home;
    if (!home.empty()) {
        return home + "/";
    }
#if defined(_WIN32)
    home = environment("LOCALAPPDATA");
    return home.empty() ? home : home + "/ISCBridge/";
#elif defined(__APPLE__)
    home = environment("HOME");
    return home.empty() ? home : home + "/Library/Application Support/ISCBridge/";
#else
    home = environment("XDG_DATA_HOME");
    if (home.find_first_not_of(" \t") != std::string::npos) {
        return home + "/iscbridge/";
    }
    home = environment("HOME");
    return home.empty() ? home : home + "/.local/share/iscbridge/";
#endif
}

/// Empty: it is not known.
inline Command find_start_command() {
    if (!options().start_command.empty() || !options().find_start_command) {
        return options().start_command;
    }
    Command found = command_in(folder_of(program_path()) + "iscbridge-start.json");
    const std::string profile = profile_folder();
    if (found.empty() && !profile.empty()) {
        found = command_in(profile + "start.json");
    }
#ifdef _WIN32
    for (const HKEY root : {HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE}) {
        if (found.empty()) {
            found = command_of(Json(registry_text(root, L"Software\\ISCBridge", L"StartCommand")));
        }
    }
#endif
    return found;
}

}  // namespace iscbridge_dropin

#endif

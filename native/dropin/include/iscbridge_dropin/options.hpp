// What a host may say about itself and about its own use of the calls. None of it has to be said.
//
// At compile time, for all source files of the host alike:
//     ISCBRIDGE_DROPIN_CONFIG="file.h"   included first; may hold the following
//     ISCBRIDGE_DROPIN_HOST="MyCAD"      name of the host, UTF-8; else that of the program's file
//     ISCBRIDGE_DROPIN_VERSION="4.2"     its version
//     ISCBRIDGE_DROPIN_PRODUCT="mycad"   licensed product that it is; else the host's name
//     ISCBRIDGE_DROPIN_ANSI              narrow strings are in the ANSI code page (Windows); else UTF-8
//     ISCBRIDGE_DROPIN_LINKED            the client library is linked; else it is found at run time, see library.hpp
//     ISCBRIDGE_DROPIN_EXTRA_EVENTS      EVENT_ISCBRIDGE is raised, too
//     ISCBRIDGE_DROPIN_MORE_EVENTS, ISCBRIDGE_DROPIN_MORE_RESULTS, ISCBRIDGE_DROPIN_MORE_LICENSE_TYPES
//                                        further enumerators that the host's source names, such as
//                                        `EVENT_OF_MINE = 40,`; nothing of them is ever raised or returned
// At run time, before Init: `iscbridge_dropin::options()`.
#ifndef ISCBRIDGE_DROPIN_OPTIONS_HPP
#define ISCBRIDGE_DROPIN_OPTIONS_HPP

#ifdef ISCBRIDGE_DROPIN_CONFIG
#include ISCBRIDGE_DROPIN_CONFIG
#endif

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace iscbridge_dropin {

/// What the host's `char` strings are, in both directions.
enum class Narrow {
    utf8,  ///< strictly: a path that is not valid UTF-8 is refused, never guessed at
    ansi,  ///< Windows: the ANSI code page; elsewhere ASCII alone
};

/// Texts are UTF-8.
struct Options {
#ifdef ISCBRIDGE_DROPIN_HOST
    std::string host = ISCBRIDGE_DROPIN_HOST;
#else
    std::string host;
#endif
#ifdef ISCBRIDGE_DROPIN_VERSION
    std::string version = ISCBRIDGE_DROPIN_VERSION;
#else
    std::string version;
#endif
#ifdef ISCBRIDGE_DROPIN_PRODUCT
    std::string product = ISCBRIDGE_DROPIN_PRODUCT;
#else
    std::string product;
#endif
#ifdef ISCBRIDGE_DROPIN_ANSI
    Narrow narrow = Narrow::ansi;
#else
    Narrow narrow = Narrow::utf8;
#endif
#ifdef ISCBRIDGE_DROPIN_EXTRA_EVENTS
    bool extra_events = true;
#else
    bool extra_events = false;
#endif
    std::string language;                    ///< of the texts of EVENT_ISCBRIDGE: "en" (default) or "zh"
    std::string library;                     ///< absolute path of the client library, if it is not to be looked for
    std::string home;                        ///< folder of the bridge's profile; empty: this user's
    std::string address;                     ///< where the bridge listens; empty: as its profile says
    std::vector<std::string> start_command;  ///< starts a bridge if none runs; empty: see start.hpp
    bool find_start_command = true;
    std::chrono::milliseconds init_wait = std::chrono::seconds(15);  ///< Init waits so long for the bridge at most
    /// Save and its like wait so long at most until the bridge has them in its journal, which takes milliseconds.
    std::chrono::milliseconds call_wait = std::chrono::milliseconds(1500);
    std::chrono::milliseconds close_wait = std::chrono::seconds(3);  ///< each of the two steps of ShutOut
    /// So long a licence or upgrade call is repeated while the bridge has no connection to ISCDesk yet.
    std::chrono::milliseconds desk_wait = std::chrono::seconds(30);
};

/// As the client library counts time: an hour at most.
inline std::int32_t count_ms(std::chrono::milliseconds time) {
    const long long count = time.count();
    return static_cast<std::int32_t>(count < 0 ? 0 : count > 3600000 ? 3600000 : count);
}

/// Of the process. Change them before Init, on one thread.
inline Options &options() {
    static Options *const only = new Options;  // never destroyed: a thread may read it while the program ends
    return *only;
}

}  // namespace iscbridge_dropin

#endif

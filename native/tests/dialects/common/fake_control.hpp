// How a test steers a fake SDK library. Plain C types, so that test and library may have different runtimes.
#pragma once

#include <stdint.h>

/// What kind of SDK the fake is.
struct FakeTraits {
    const char *text;          // "utf8", "ansi" or "wide"
    int returns_status;        // functions return something that can say failure
    int32_t success;           // the number that means success
    int has_trial;             // TrialExpirationAndGetLicense
    int has_license_string;    // LICENSE_TYPE_STRING
    const char *verified;      // how LicenseVerifyNotify is told of success, and of failure
    const char *not_verified;
    const char *dialect;       // what isc_info.dialect must say
};

struct FakeControl {
    const FakeTraits *traits;
    void (*reset)();

    int (*call_count)();
    const char *(*call_text)(int index);  // "Save|<path as it came, wide ones in UTF-8>|true"
    int (*call_threads)();                // how many threads ever made calls since reset
    int (*threads_ended)();               // how many of those have ended
    int (*calls_inside)();                // calls that have not returned

    void (*set_status)(int32_t status);  // of all calls from now on
    void (*set_throwing)(int throwing);
    void (*set_blocking)(int blocking);  // calls do not return while it is set
    void (*set_answer)(const char *text);  // each Save raises this event before it returns; null: none

    int (*has_receiver)();
    void (*raise_event)(int32_t type, const char *text);       // from a thread of its own; returns when delivered
    void (*storm)(int threads, int events_of_each);            // texts "<thread>:<number>"; returns when delivered
};

using FakeControlEntry = const FakeControl *(*)();
constexpr const char *fake_control_entry = "fake_control";

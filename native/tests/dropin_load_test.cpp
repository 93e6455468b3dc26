// The headers alone, in C++11: the library is found at run time. An object file of a host needs nothing else.
#include "interface/SdkInvoker.h"

namespace {

struct Example {
    void EventRecall(EventType, const char *) {}
};

bool is(ResultStatus got, ResultStatus expected, const char *what) {
    if (got != expected) {
        std::fprintf(stderr, "%s: got %d, expected %d\n", what, static_cast<int>(got), static_cast<int>(expected));
    }
    return got == expected;
}

}  // namespace

/// Argument: the library's absolute path.
int main(int argc, char **argv) {
    if (argc != 2) {
        return 2;
    }
    iscbridge_dropin::options().address = iscbridge_dropin::folder_of(argv[1]) + "nobody listens here";
    iscbridge_dropin::options().find_start_command = false;
    bool good = true;
#ifndef _WIN32  // there the DLL lies in the program's own folder, and is found
    iscbridge_dropin::options().library = "libiscbridge_client.so.1";
    good = is(SdkInvoker()->Init(), RESULT_NO_LIBRARY, "a path that is not absolute") && good;
    iscbridge_dropin::options().library = argv[1];
    SdkInvoker invoker;
#else
    HMODULE sdkHandle = LoadLibraryA(argv[1]);
    if (sdkHandle == NULL) {
        return 1;
    }
    SdkInvoker invoker(sdkHandle);
#endif
    good = is(invoker->Save("/a"), RESULT_NOT_INITIALIZED, "before Init") && good;
    good = is(invoker->Init(), RESULT_NO_BRIDGE, "Init") && good;
    Example example;
    good = is(invoker->RegisterEventRecall(&example, &Example::EventRecall), RESULT_SUCCESS, "callback") && good;
    good = is(invoker->Save("/a"), RESULT_SUCCESS, "Save") && good;
    good = is(invoker->ShutOut(), RESULT_SUCCESS, "ShutOut") && good;
    return good ? 0 : 1;
}

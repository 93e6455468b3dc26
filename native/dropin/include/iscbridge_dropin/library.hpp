// The client library, by its functions' addresses: linked (ISCBRIDGE_DROPIN_LINKED), or found at run time, so that a host
// needs no import library and any compiler will do:
//     1. what the SdkInvoker was made with: the handle of the library that the host has loaded
//     2. options().library
//     3. IscdeskApi64.dll, IscdeskApi.dll or iscbridge_client.dll, if the process has loaded one that is ours
//     4. these names in the folder of the program (Linux: libiscbridge_client.so.1, as the loader finds it)
#ifndef ISCBRIDGE_DROPIN_LIBRARY_HPP
#define ISCBRIDGE_DROPIN_LIBRARY_HPP

#include <cstring>

#include "iscbridge_client.h"
#include "text.hpp"

namespace iscbridge_dropin {

struct Library {
    decltype(&iscb_abi_version) abi_version = nullptr;
    decltype(&iscb_create) create = nullptr;
    decltype(&iscb_close) close = nullptr;
    decltype(&iscb_connect) connect = nullptr;
    decltype(&iscb_post) post = nullptr;
    decltype(&iscb_wait_event) wait_event = nullptr;
    decltype(&iscb_free) free = nullptr;

    bool is_there() const {
        return abi_version != nullptr && create != nullptr && close != nullptr && connect != nullptr && post != nullptr &&
               wait_event != nullptr && free != nullptr && abi_version() == ISCB_ABI_VERSION;
    }
};

#ifdef ISCBRIDGE_DROPIN_LINKED

inline Library find_library(void *) {
    Library out;
    out.abi_version = &iscb_abi_version;
    out.create = &iscb_create;
    out.close = &iscb_close;
    out.connect = &iscb_connect;
    out.post = &iscb_post;
    out.wait_event = &iscb_wait_event;
    out.free = &iscb_free;
    return out;
}

#else

template <class Function>
void look_up(void *handle, const char *name, Function &function) {
    void *const found = symbol(handle, name);
    static_assert(sizeof(found) == sizeof(function), "functions and data have addresses of one size");
    std::memcpy(&function, &found, sizeof(function));
}

inline Library library_of(void *handle) {
    Library out;
    if (handle == nullptr) {
        return out;
    }
    look_up(handle, "iscb_abi_version", out.abi_version);
    look_up(handle, "iscb_create", out.create);
    look_up(handle, "iscb_close", out.close);
    look_up(handle, "iscb_connect", out.connect);
    look_up(handle, "iscb_post", out.post);
    look_up(handle, "iscb_wait_event", out.wait_event);
    look_up(handle, "iscb_free", out.free);
    if (!out.is_there()) {
        return Library();  // another library, or one of another version
    }
    void *address = nullptr;
    std::memcpy(&address, &out.create, sizeof(address));
    keep_library(address);
    return out;
}

inline Library find_library(void *given) {
#ifdef _WIN32
    const char *const names[] = {"IscdeskApi64.dll", "IscdeskApi.dll", "iscbridge_client.dll"};
    const std::string folder = folder_of(program_path());
#else
    const char *const names[] = {"libiscbridge_client.so.1", "libiscbridge_client.so"};
    const std::string folder;  // the loader knows where
#endif
    Library found = library_of(given);
    if (!found.is_there() && !options().library.empty()) {
        return is_absolute(options().library) ? library_of(open_library(options().library)) : Library();
    }
    for (const char *const name : names) {
        found = found.is_there() ? found : library_of(loaded_library(name));
    }
    for (const char *const name : names) {
        found = found.is_there() ? found : library_of(open_library(folder + name));
    }
    return found;
}

#endif

}  // namespace iscbridge_dropin

#endif

#include "os.hpp"

#include <dlfcn.h>
#include <iconv.h>

#include <condition_variable>
#include <mutex>

namespace iscbridge::os {

struct WorkSignal::State {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_set = false;
};

WorkSignal::WorkSignal() : state_(std::make_unique<State>()) {}
WorkSignal::~WorkSignal() = default;

void WorkSignal::set() noexcept {
    {
        const std::lock_guard lock(state_->mutex);
        state_->is_set = true;
    }
    state_->changed.notify_one();
}

void WorkSignal::wait() {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->is_set; });
    state_->is_set = false;
}

void *open_library(const std::string &path) { return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE); }

void *find_symbol(void *library, const char *name) { return dlsym(library, name); }

std::string beside_this_library(const char *name) {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void *>(&open_library), &info) == 0 || info.dli_fname == nullptr) {
        return {};
    }
    const std::string self = info.dli_fname;
    const auto slash = self.rfind('/');
    return slash == std::string::npos ? std::string() : self.substr(0, slash + 1) + name;
}

// The linker flag "-z nodelete" does it.
void pin_this_library() noexcept {}

bool is_absolute(std::string_view path) noexcept { return !path.empty() && path.front() == '/'; }

namespace {

std::optional<std::string> convert(std::string_view bytes, const char *from, const char *to) {
    if (from == nullptr || to == nullptr) {
        return std::nullopt;  // no system-wide ANSI code page here
    }
    const iconv_t converter = iconv_open(to, from);
    if (converter == reinterpret_cast<iconv_t>(-1)) {
        return std::nullopt;
    }
    std::string input(bytes);
    std::string output(bytes.size() * 4 + 8, '\0');
    char *in = input.data();
    char *out = output.data();
    std::size_t in_left = input.size();
    std::size_t out_left = output.size();
    const std::size_t inexact = iconv(converter, &in, &in_left, &out, &out_left);
    iconv_close(converter);
    if (inexact != 0 || in_left != 0) {
        return std::nullopt;
    }
    output.resize(output.size() - out_left);
    return output;
}

}  // namespace

std::optional<std::string> ansi_to_utf8(std::string_view bytes, const char *code_page) {
    return convert(bytes, code_page, "UTF-8");
}

std::optional<std::string> utf8_to_ansi(std::string_view utf8, const char *code_page) {
    return convert(utf8, "UTF-8", code_page);
}

}  // namespace iscbridge::os

#include "windows.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include "port.hpp"

namespace iscbridge::client {
namespace {

constexpr DWORD block = 65536;

Handle new_event(BOOL manual) {
    Handle made(CreateEventW(nullptr, manual, FALSE, nullptr));
    if (!made) {
        throw std::runtime_error("no event");
    }
    return made;
}

/// One transfer under way at most, through a buffer that lives as long as the transfer may.
struct Transfer {
    Handle done = new_event(TRUE);
    OVERLAPPED overlapped{};
    std::array<char, block> buffer{};
    bool pending = false;
    DWORD count = 0;  // bytes in `buffer` that came and were not taken
    DWORD taken = 0;

    OVERLAPPED *fresh() {
        overlapped = OVERLAPPED{};
        overlapped.hEvent = done.get();
        return &overlapped;
    }
};

/// Overlapped, since a synchronous pipe handle serves one operation at a time: a waiting read would block every write.
class PipePort final : public Port {
public:
    ~PipePort() override { close(); }

    Opened open(const std::string &address) override {
        close();
        // The server may see who we are and may not act in our name.
        const DWORD flags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
        pipe_ = Handle(CreateFileW(widen(address).c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, flags,
                                   nullptr));
        if (!pipe_) {
            const DWORD error = GetLastError();
            return error == ERROR_PIPE_BUSY       ? Opened::busy
                   : error == ERROR_ACCESS_DENIED ? Opened::foreign
                                                  : Opened::not_running;
        }
        if (!is_own()) {
            close();
            return Opened::foreign;
        }
        return Opened::yes;
    }

    void close() noexcept override {
        if (!pipe_) {
            return;
        }
        for (Transfer *const each : {&in_, &out_}) {
            if (each->pending) {
                DWORD count = 0;
                CancelIoEx(pipe_.get(), &each->overlapped);
                GetOverlappedResult(pipe_.get(), &each->overlapped, &count, TRUE);
            }
            each->pending = false;
            each->count = each->taken = 0;
        }
        pipe_ = Handle();
    }

    Moved read(char *buffer, std::size_t size, std::size_t &count) override {
        if (in_.taken == in_.count) {
            const Moved outcome = in_.pending ? finish(in_) : start_read();
            if (outcome != Moved::some) {
                return outcome;
            }
        }
        const DWORD most = static_cast<DWORD>(std::min<std::size_t>(size, in_.count - in_.taken));
        std::memcpy(buffer, in_.buffer.data() + in_.taken, most);
        in_.taken += most;
        count = most;
        return Moved::some;
    }

    Moved write(const char *bytes, std::size_t size, std::size_t &count) override {
        if (out_.pending) {
            const Moved outcome = finish(out_);
            if (outcome != Moved::some) {
                return outcome;
            }
        }
        const DWORD most = static_cast<DWORD>(std::min<std::size_t>(size, block));
        std::memcpy(out_.buffer.data(), bytes, most);
        if (WriteFile(pipe_.get(), out_.buffer.data(), most, nullptr, out_.fresh()) == 0 &&
            GetLastError() != ERROR_IO_PENDING) {
            return Moved::ended;
        }
        out_.pending = true;  // a byte pipe takes all of it, or ends
        count = most;
        return Moved::some;
    }

    void wait(Clock::time_point until, bool to_write) override {
        std::array<HANDLE, 3> events{wake_.get()};
        DWORD count = 1;
        if (in_.pending) {
            events[count++] = in_.done.get();
        }
        if (to_write && out_.pending) {  // else it would wake again and again once it is done
            events[count++] = out_.done.get();
        }
        WaitForMultipleObjects(count, events.data(), FALSE, static_cast<DWORD>(milliseconds_until(until)));
    }

    void wake() noexcept override { SetEvent(wake_.get()); }

    void allow_foreground() noexcept override {
        if (server_ != 0) {
            AllowSetForegroundWindow(server_);
        }
    }

private:
    bool is_own() {
        ULONG process_id = 0;
        if (GetNamedPipeServerProcessId(pipe_.get(), &process_id) == 0) {
            return false;
        }
        server_ = process_id;
        return is_own_process(server_);
    }

    Moved start_read() {
        in_.count = in_.taken = 0;
        if (ReadFile(pipe_.get(), in_.buffer.data(), block, nullptr, in_.fresh()) == 0 &&
            GetLastError() != ERROR_IO_PENDING) {
            return Moved::ended;
        }
        in_.pending = true;
        return finish(in_);
    }

    Moved finish(Transfer &transfer) {
        DWORD count = 0;
        if (GetOverlappedResult(pipe_.get(), &transfer.overlapped, &count, FALSE) == 0) {
            if (GetLastError() == ERROR_IO_INCOMPLETE) {
                return Moved::nothing;
            }
            transfer.pending = false;
            return Moved::ended;
        }
        transfer.pending = false;
        transfer.count = count;
        transfer.taken = 0;
        return count == 0 ? Moved::ended : Moved::some;
    }

    const Handle wake_ = new_event(FALSE);
    Handle pipe_;
    DWORD server_ = 0;
    Transfer in_;
    Transfer out_;
};

}  // namespace

std::unique_ptr<Port> Port::make() { return std::make_unique<PipePort>(); }

}  // namespace iscbridge::client

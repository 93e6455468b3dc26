// Many calls, from many threads: the same answer each time, and nothing left behind.
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "check.hpp"
#include "isc_device.h"

#ifdef __linux__
#  include <dirent.h>
#endif

namespace {

std::string read(std::uint32_t part) {
    std::uint32_t length = 0;
    std::vector<std::uint8_t> room(256 * 1024);
    const std::int32_t status = isc_device_read(part, room.data(), static_cast<std::uint32_t>(room.size()), &length);
    if (status != ISC_DEVICE_OK) {
        CHECK_EQ(status, std::int32_t{ISC_DEVICE_ERR_SYSTEM});
        return std::string();
    }
    return std::string(room.begin(), room.begin() + length);
}

constexpr std::uint32_t parts[] = {ISC_DEVICE_ADAPTERS, ISC_DEVICE_DISKS, ISC_DEVICE_FIRMWARE, ISC_DEVICE_NAMES,
                                   ISC_DEVICE_CPU};

/// Open files of this process; 0 where that can't be counted.
int open_files() {
    int count = 0;
#ifdef __linux__
    DIR *const dir = opendir("/proc/self/fd");
    while (dir != nullptr && readdir(dir) != nullptr) {
        ++count;
    }
    if (dir != nullptr) {
        closedir(dir);
    }
#endif
    return count;
}

void calls_leave_nothing_open() {
    const int before = open_files();
    for (int i = 0; i < 200; ++i) {
        for (const std::uint32_t part : parts) {
            read(part);
        }
    }
    CHECK_EQ(open_files(), before);
}

/// What no other program on this machine can change meanwhile must be equal; the lists must be whole.
bool is_good(std::uint32_t part, const std::string &found, const std::string &expected) {
    const bool is_list = part == ISC_DEVICE_ADAPTERS || part == ISC_DEVICE_DISKS;
    return is_list ? found.front() == '{' && found.back() == '}' : found == expected;
}

void threads_get_the_same() {
    std::vector<std::string> expected;
    for (const std::uint32_t part : parts) {
        expected.push_back(read(part));
    }
    std::atomic<int> differing{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 25; ++i) {
                for (std::size_t p = 0; p < expected.size(); ++p) {
                    differing += !is_good(parts[p], read(parts[p]), expected[p]);
                }
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK_EQ(differing.load(), 0);
}

}  // namespace

int main() {
    calls_leave_nothing_open();
    threads_get_the_same();
    return 0;
}

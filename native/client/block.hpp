// One piece of memory with structs and the texts that they point to, so that one `free` frees all of it.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iscbridge::client {

class Block {
public:
    /// A struct of zeros with its `size` set; gives its place. The first one is where the block begins.
    template <class Struct>
    std::size_t add() {
        const std::size_t place = (structs_.size() + alignment - 1) / alignment * alignment;
        structs_.resize(place + sizeof(Struct));
        Struct made{};
        made.size = sizeof(Struct);
        std::memcpy(structs_.data() + place, &made, sizeof(made));
        return place;
    }

    /// Sets a member that is no pointer; `slot` is the struct's place and the member's offset.
    template <class Value>
    void set(std::size_t slot, Value value) {
        std::memcpy(structs_.data() + slot, &value, sizeof(value));
    }

    void text(std::size_t slot, std::string_view value) {
        texts_at_.emplace_back(slot, texts_.size());
        texts_.append(value).push_back('\0');
    }

    void point(std::size_t slot, std::size_t place) { structs_at_.emplace_back(slot, place); }

    /// The finished block, to be freed with `std::free`. Throws std::bad_alloc.
    void *sealed() const {
        auto *const block = static_cast<char *>(std::malloc(structs_.size() + texts_.size()));
        if (block == nullptr) {
            throw std::bad_alloc();
        }
        std::memcpy(block, structs_.data(), structs_.size());
        if (!texts_.empty()) {
            std::memcpy(block + structs_.size(), texts_.data(), texts_.size());
        }
        for (const auto &[slot, at] : texts_at_) {
            const char *const target = block + structs_.size() + at;
            std::memcpy(block + slot, &target, sizeof(target));
        }
        for (const auto &[slot, place] : structs_at_) {
            const char *const target = block + place;
            std::memcpy(block + slot, &target, sizeof(target));
        }
        return block;
    }

private:
    static constexpr std::size_t alignment = alignof(std::max_align_t);
    using Links = std::vector<std::pair<std::size_t, std::size_t>>;

    std::vector<char> structs_;
    std::string texts_;
    Links texts_at_;
    Links structs_at_;
};

/// A text as a block of its own.
inline char *text_block(std::string_view text) {
    auto *const block = static_cast<char *>(std::malloc(text.size() + 1));
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    if (!text.empty()) {
        std::memcpy(block, text.data(), text.size());
    }
    block[text.size()] = '\0';
    return block;
}

}  // namespace iscbridge::client

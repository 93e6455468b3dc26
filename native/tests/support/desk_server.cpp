#include "desk_server.hpp"

#include <sstream>

namespace test {

std::vector<std::string> DeskServer::receive() {
    for (;;) {
        if (buffer_.size() >= 4) {
            std::size_t length = 0;
            for (std::size_t i = 0; i < 4; ++i) {
                length = length * 256 + static_cast<unsigned char>(buffer_[i]);
            }
            if (buffer_.size() >= 4 + length) {
                std::istringstream frame(buffer_.substr(4, length) + '\0');
                buffer_.erase(0, 4 + length);
                std::vector<std::string> fields;
                for (std::string field; std::getline(frame, field, '\0');) {
                    fields.push_back(field);
                }
                return fields;
            }
        }
        const std::string some = read_some();
        if (some.empty()) {
            return {};
        }
        buffer_ += some;
    }
}

}  // namespace test

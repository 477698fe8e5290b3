#include "entrada/detail/reply_values.hpp"

#include "resp/error_reply.hpp"
#include "resp/reader.hpp"
#include "resp/reply_builder.hpp"

namespace entrada::detail {

bool reply_value::accept(const resp::event& piece, reply_type expected, reply_type or_else) {
    if (piece.depth != 0) return false;
    good_ = piece.kind == resp::event_kind::value && (piece.type == expected || piece.type == or_else);
    if (good_) return true;
    other_ = piece.type;
    if (piece.type == reply_type::error) error_ = std::make_unique<std::string>(piece.text);
    return false;
}

failure reply_value::problem(std::string_view name) const {
    if (error_) return resp::to_failure(*error_, name);
    return {errc::unexpected_reply, std::string(name) + " was answered with type " + std::to_string(static_cast<int>(other_))
                                        + "; is there a proxy between that is not Redis?"};
}

void text_value::on_event(const resp::event& piece) {
    if (piece.type != reply_type::bulk_string || piece.depth != 0) {
        (void)accept(piece, reply_type::null, reply_type::null);
        return;
    }
    good_ = true;
    if (!value_) {
        value_.emplace(piece.text);
    } else if (piece.text.data() != value_->data()) { // else received in place: the text is already where it belongs
        *value_ = piece.text;
    }
}

char* text_value::place(std::size_t size) {
    value_.emplace(size, '\0');
    return value_->data();
}

void lease_value::on_event(const resp::event& piece, received_block& in) {
    if (piece.type != reply_type::bulk_string || piece.depth != 0) {
        (void)accept(piece, reply_type::null, reply_type::null);
        return;
    }
    good_ = true;
    const bool in_place = own_ && piece.text.data() == own_->data();
    value_.emplace(in_place ? std::move(own_) : boost::intrusive_ptr<received_block>(&in), piece.text);
}

char* lease_value::place(std::size_t size) {
    own_ = received_block::make(size);
    return own_->data();
}

void status_value::on_event(const resp::event& piece) {
    if (accept(piece, reply_type::simple_string, reply_type::null)) done_ = piece.type == reply_type::simple_string;
}

void integer_value::on_event(const resp::event& piece) {
    if (accept(piece, reply_type::integer, reply_type::integer)) number_ = piece.integer;
}

key_ttl ttl_value::take() const noexcept {
    if (number_ == -2) return key_ttl{};
    if (number_ == -1) return key_ttl{true, std::nullopt};
    return key_ttl{true, std::chrono::milliseconds(number_)};
}

void ping_value::on_event(const resp::event& piece) { (void)accept(piece, reply_type::simple_string, reply_type::bulk_string); }

whole_value::whole_value() : builder_(std::make_unique<reply_builder>()) { builder_->begin(); }
whole_value::~whole_value() = default;
whole_value::whole_value(whole_value&&) noexcept = default;
void whole_value::on_event(const resp::event& piece) {
    if (!builder_->on_event(piece)) return;
    whole_ = builder_->take();
}
char* whole_value::place(std::size_t size) { return builder_->place(size); }
failure whole_value::problem(std::string_view name) const { return resp::to_failure(whole_.root().text(), name); }

batch_value::batch_value() : builder_(std::make_unique<reply_builder>()) { builder_->begin(); }
batch_value::~batch_value() = default;
batch_value::batch_value(batch_value&&) noexcept = default;
void batch_value::on_event(const resp::event& piece) {
    if (!builder_->on_event(piece)) return;
    reply whole = builder_->take();
    builder_->begin();
    if (whole.root().is_error()) {
        all_.emplace_back(resp::to_failure(whole.root().text(), "a command of a batch"));
    } else {
        all_.emplace_back(std::move(whole));
    }
}
char* batch_value::place(std::size_t size) { return builder_->place(size); }

} // namespace entrada::detail

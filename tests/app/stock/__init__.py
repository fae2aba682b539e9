"""Stock and linking: where each line of domain.md 9.5 and 10 is held, to tick it off.

9.5, in its order (tests in this folder):

- 100 threads, one unit, one winner: `test_races.test_many_threads_one_unit_one_winner`
- one order five times by push and poll: `test_races.test_one_order_told_five_times_at_once`,
  `test_orders_and_stock.test_one_order_delivered_five_times`
- cancel before, after, twice, early, partial: `test_orders_and_stock.test_cancel_*`
- late link; re-link: `test_orders_and_stock.test_late_link`, `.test_relink`
- two channels, the last unit: `test_orders_and_stock.test_two_channels_sell_the_last_unit`
- return received twice, refused above shipped: `test_ledger.test_return_received_twice`,
  `.test_return_refused_above_shipped`
- refunded without goods: `test_screens.test_refunded_but_not_back`,
  `test_return_page.test_a_refund_without_goods_moves_nothing`
- count during sales: `test_ledger.test_count_during_sales`
- buffer above stock: `test_rules.test_buffer_above_stock`
- old answer after new push: `test_pushing.test_old_answer_after_new_push`
- lock then release: `test_pushing.test_lock_then_release`
- accepted but unchanged: `test_pushing.test_accepted_but_unchanged`
- crash between accept and save: `test_pushing.test_crash_between_remote_accept_and_local_save`
- deleted listing: `test_pushing.test_deleted_listing`
- ledger sum equals cache: `test_ledger.test_ledger_sum_equals_cache_after_random_operations`,
  with 10,000 operations where `PROFILE=long`
- replay gives equal balances: `test_ledger.test_replay_gives_equal_balances`

10 (tests of `tests/app`):

- trim, collapse, NFC, case-fold; zeros and dashes stay: `test_matching.test_normalising`
- blank is never a key: `test_matching.test_a_link_is_never_a_guess`,
  `.test_only_blank_keys_have_blank_loose_keys`
- unique in the catalogue and in that shop: `test_matching.test_unique_on_both_sides_is_linked`
- everything else goes to review with its reason: `test_matching.test_what_goes_to_review`
- no default product, no silent creation: `test_linking.test_nothing_is_made_by_itself`
- history and undo: `test_linking_pages.test_a_listing_tells_its_history`,
  `test_linking.test_undoing_an_act_as_a_whole`, `.test_undo_leaves_later_acts_alone`
- lines keep their link: `test_linking.test_a_line_is_booked_with_the_link_of_its_time`
"""

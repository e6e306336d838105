-- The batch of orders that the desk works through.
return {
  { number = 1, customer = "Farah Nasser", item = "chair", quantity = 4, price = 120, card = "4005", address = "home" },
  { number = 2, customer = "Eero Salmi", item = "notebook", quantity = 3, price = 4, card = "4004", address = "home" },
  { number = 3, customer = "Dalia Haddad", item = "monitor", quantity = 2, price = 310, card = "4003", address = "home" },
  { number = 4, customer = "Chidi Okafor", item = "keyboard", quantity = 1, price = 85, card = "4002", address = "home" },
  { number = 5, customer = "Bram de Wit", item = "shelf", quantity = 4, price = 64, card = "4001", address = "home" },
  { number = 6, customer = "Aino Laine", item = "monitor", quantity = 6, price = 310, card = "4000", address = "home" }, -- needs approval
  { number = 7, customer = "Farah Nasser", item = "notebook", quantity = 2, price = 4, card = "4005", address = "home" },
  { number = 8, customer = "Eero Salmi", item = "monitor", quantity = 1, price = 310, card = "4004", address = "home" },
  { number = 9, customer = "Dalia Haddad", item = "keyboard", quantity = 4, price = 85, card = "0002", address = "home" }, -- card is refused
  { number = 10, customer = "Chidi Okafor", item = "shelf", quantity = 3, price = 64, card = "4002", address = "home" },
  { number = 11, customer = "Bram de Wit", item = "desk-lamp", quantity = 2, price = 39, card = "4001", address = "home" },
  { number = 12, customer = "Aino Laine", item = "notebook", quantity = 1, price = 4, card = "4000", address = "home" },
  { number = 13, customer = "Farah Nasser", item = "monitor", quantity = 4, price = 310, card = "4005", address = "home" },
  { number = 14, customer = "Eero Salmi", item = "grand-piano", quantity = 1, price = 9, card = "4004", address = "home" }, -- out of stock
  { number = 15, customer = "Dalia Haddad", item = "shelf", quantity = 2, price = 64, card = "4003", address = "home" },
  { number = 16, customer = "Chidi Okafor", item = "desk-lamp", quantity = 1, price = 39, card = "4002", address = "home" },
  { number = 17, customer = "Bram de Wit", item = "monitor", quantity = 6, price = 310, card = "4001", address = "home" }, -- needs approval
  { number = 18, customer = "Aino Laine", item = "monitor", quantity = 3, price = 310, card = "4000", address = "home" },
  { number = 19, customer = "Farah Nasser", item = "keyboard", quantity = 2, price = 85, card = "4005", address = "home" },
  { number = 20, customer = "Eero Salmi", item = "shelf", quantity = 1, price = 64, card = "4004", address = "home" },
  { number = 21, customer = "Dalia Haddad", item = "desk-lamp", quantity = 4, price = 39, card = "4003", address = "home" },
  { number = 22, customer = "Chidi Okafor", item = "chair", quantity = 3, price = 120, card = "0002", address = "home" }, -- card is refused
  { number = 23, customer = "Bram de Wit", item = "notebook", quantity = 2, price = 4, card = "4001", address = "home" },
  { number = 24, customer = "Aino Laine", item = "keyboard", quantity = 1, price = 85, card = "4000", address = "home" },
  { number = 25, customer = "Farah Nasser", item = "shelf", quantity = 4, price = 64, card = "4005", address = "home" },
  { number = 26, customer = "Eero Salmi", item = "desk-lamp", quantity = 3, price = 39, card = "4004", address = "home" },
  { number = 27, customer = "Dalia Haddad", item = "chair", quantity = 2, price = 120, card = "4003", address = "home" },
  { number = 28, customer = "Chidi Okafor", item = "monitor", quantity = 6, price = 310, card = "4002", address = "home" }, -- needs approval, and is turned down
  { number = 29, customer = "Bram de Wit", item = "monitor", quantity = 4, price = 310, card = "4001", address = "home" },
  { number = 30, customer = "Aino Laine", item = "shelf", quantity = 3, price = 64, card = "4000", address = "home" },
  { number = 31, customer = "Farah Nasser", item = "desk-lamp", quantity = 2, price = 39, card = "4005", address = "flaky" }, -- shipping fails twice, then works
  { number = 32, customer = "Eero Salmi", item = "chair", quantity = 1, price = 120, card = "4004", address = "home" },
  { number = 33, customer = "Dalia Haddad", item = "monitor", quantity = 6, price = 310, card = "4003", address = "home" }, -- needs approval
  { number = 34, customer = "Chidi Okafor", item = "monitor", quantity = 3, price = 310, card = "4002", address = "home" },
  { number = 35, customer = "Bram de Wit", item = "keyboard", quantity = 2, price = 85, card = "4001", address = "home" },
  { number = 36, customer = "Aino Laine", item = "desk-lamp", quantity = 1, price = 39, card = "4000", address = "home" },
  { number = 37, customer = "Farah Nasser", item = "chair", quantity = 4, price = 120, card = "4005", address = "nowhere" }, -- cannot be delivered at all
  { number = 38, customer = "Eero Salmi", item = "notebook", quantity = 3, price = 4, card = "4004", address = "home" },
  { number = 39, customer = "Dalia Haddad", item = "monitor", quantity = 2, price = 310, card = "4003", address = "home" },
  { number = 40, customer = "Chidi Okafor", item = "keyboard", quantity = 1, price = 85, card = "4002", address = "home" },
}

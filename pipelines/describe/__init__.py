"""From raw fields to an Article: publication date, page type, place, organisation, cited documents."""

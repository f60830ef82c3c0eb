"""What the APIs of Microsoft and Google return, as JSON in files or from their servers; mails and events alike."""
